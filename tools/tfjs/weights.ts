/**
 * Reads the weight files of a TensorFlow.js model.
 *
 * Format: tfjs-core/src/io/io_utils.ts (`decodeWeights`).
 *
 * @module
 */
import { ImportError } from "../nhwc/errors.ts";
import { elementCount } from "../nhwc/graph.ts";
import type { Known } from "../nhwc/terms.ts";
import { known } from "../nhwc/terms.ts";
import type { WeightGroup, WeightSpec } from "./model.ts";

/** Reads a shard, named by its path relative to `model.json`. */
export type ReadShard = (path: string) => Promise<Uint8Array>;

/** A weight's bytes, as stored. */
export interface StoredWeight {
  readonly spec: WeightSpec;
  readonly bytes: Uint8Array;
}

/** Bytes of an element as stored, by element type. */
const STORED_BYTES: ReadonlyMap<string, number> = new Map([
  ["float32", 4],
  ["int32", 4],
  ["float16", 2],
  ["uint16", 2],
  ["int16", 2],
  ["uint8", 1],
  ["int8", 1],
  ["bool", 1],
]);

/**
 * Reads all shards; the weights stay as they are stored.
 *
 * @param limit What the files may hold together, in bytes.
 * @param onRead Is told how many bytes have been read, of how many.
 */
export async function readWeights(
  groups: readonly WeightGroup[],
  readShard: ReadShard,
  limit: number,
  onRead: (done: number, total: number) => void,
): Promise<Map<string, StoredWeight>> {
  const sizes = groups.map(groupBytes);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (!(total <= limit)) {
    throw new ImportError("too_large", `The weights take ${total} bytes, at most ${limit} are read`);
  }
  const weights = new Map<string, StoredWeight>();
  let done = 0;
  for (const [i, group] of groups.entries()) {
    const bytes = await readGroup(group, sizes[i], readShard, (read) => onRead(done + read, total));
    done += sizes[i];
    let at = 0;
    for (const spec of group.weights) {
      if (weights.has(spec.name)) throw new ImportError("malformed", `Two weights are named "${spec.name}"`);
      const end = at + weightBytes(spec);
      weights.set(spec.name, { spec, bytes: bytes.subarray(at, end) });
      at = end;
    }
  }
  return weights;
}

async function readGroup(
  group: WeightGroup,
  size: number,
  readShard: ReadShard,
  onRead: (done: number) => void,
): Promise<Uint8Array> {
  const shards: Uint8Array[] = [];
  let read = 0;
  for (const path of group.paths) {
    checkPath(path);
    const shard = await readShard(path);
    read += shard.length;
    shards.push(shard);
    if (read > size) break;
    onRead(read);
  }
  if (read !== size) {
    throw new ImportError(
      "malformed",
      `The weight files ${group.paths.slice(0, 3).join(", ")}${group.paths.length > 3 ? ", …" : ""} hold ${
        read > size ? "more than" : `${read} bytes instead of`
      } the ${size} that model.json describes`,
    );
  }
  const [only] = shards;
  if (shards.length === 1) return only;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const shard of shards) {
    bytes.set(shard, at);
    at += shard.length;
  }
  return bytes;
}

/** Shards lie beside `model.json`: a path that leads elsewhere is an attack or a mistake. */
function checkPath(path: string): void {
  const parts = path.split(/[/\\]/);
  if (path === "" || path.includes(":") || path.includes("\0") || parts[0] === "" || parts.includes("..")) {
    throw new ImportError("malformed", `The weight file "${path}" does not lie beside model.json`);
  }
}

function groupBytes(group: WeightGroup): number {
  return group.weights.reduce((sum, spec) => sum + weightBytes(spec), 0);
}

function weightBytes(spec: WeightSpec): number {
  const stored = spec.quantization?.dtype ?? spec.dtype;
  const each = STORED_BYTES.get(stored);
  if (each === undefined) {
    throw new ImportError(
      "unsupported",
      `The weight "${spec.name}" is of type ${stored}, which is not supported`,
    );
  }
  const bytes = elementCount(spec.shape) * each;
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new ImportError(
    "malformed",
    `The weight "${spec.name}" has impossible dimensions [${spec.shape.join(", ")}]`,
  );
}

/**
 * Widens a weight to floats or integers, undoing its quantization: `q * scale + min`, or halves.
 *
 * @throws {ImportError} when its quantization is not one that TensorFlow.js writes.
 */
export function decodeWeight({ spec, bytes }: StoredWeight): Known {
  const { quantization, dtype } = spec;
  const integers = dtype !== "float32" && dtype !== "float16";
  const stored = readStored(quantization?.dtype ?? dtype, bytes);
  if (!quantization || quantization.dtype === "float16") return known(spec.shape, widen(stored, integers));
  const { scale, min } = quantization;
  if (
    scale === undefined ||
    min === undefined ||
    (quantization.dtype !== "uint8" && quantization.dtype !== "uint16")
  ) {
    throw new ImportError(
      "unsupported",
      `The weight "${spec.name}" is quantized as ${JSON.stringify(quantization)}; float16, and uint8 and uint16 with scale and min, are supported`,
    );
  }
  const values = new Float64Array(stored.length);
  for (const [i, q] of stored.entries()) values[i] = q * scale + min;
  return known(spec.shape, integers ? Int32Array.from(values, Math.round) : Float32Array.from(values));
}

function widen(stored: ArrayLike<number>, integers: boolean): Float32Array | Int32Array {
  return integers ? Int32Array.from(stored) : Float32Array.from(stored);
}

type Stored = Float32Array | Int32Array | Float16Array | Uint16Array | Int16Array | Uint8Array | Int8Array;

function readStored(type: string, bytes: Uint8Array): Stored {
  // A copy, since views of wider elements must be aligned; not `slice`, which of a Node Buffer gives another view.
  const { buffer } = new Uint8Array(bytes);
  switch (type) {
    case "float32":
      return new Float32Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "float16":
      return new Float16Array(buffer);
    case "uint16":
      return new Uint16Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    default:
      return new Uint8Array(buffer);
  }
}
