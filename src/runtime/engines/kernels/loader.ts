/**
 * Streams weights into memory: every piece of the data file is packed where its kernel reads it, so that beside the packed weights no
 * more than one chunk exists.
 *
 * @module
 */
import { ELEMENT_BYTES } from "../../onnx/types.ts";
import { EngineError, type GraphSource } from "../engine.ts";
import { align } from "./arena.ts";
import type { Constant } from "./constants.ts";
import { elementsOf, PIECE_BYTES, realsOf, STAGING_BYTES, type Staging } from "./elements.ts";
import type { MatrixPack } from "./integer-packs.ts";
import type { Block, Heap } from "./memory.ts";
import type { Kernels } from "./module.ts";
import type { PlacedMatrix } from "./packing/matrix-q8.ts";
import type { Q8Path } from "./packing/q8.ts";
import type { Packs } from "./packs.ts";
import { depthwiseSinks, floatSinks, matrixSinks, type Sink, type Sinks } from "./sinks.ts";

/** A model's packed weights. */
export interface LoadedWeights {
  /** All blocks that they lie in. */
  readonly blocks: readonly Block[];
  /** Byte address of each pack. */
  address(index: number): number;
  /** Bytes that it has. */
  bytes(index: number): number;
}

/** Collects the pieces of one initializer from the chunks of the stream. */
interface Reader {
  readonly from: number;
  readonly to: number;
  take(bytes: Uint8Array): void;
  finish(): void;
}

/** Reads one initializer piece by piece: chunks may cut elements anywhere. */
function createReader(
  constant: Constant,
  range: { readonly from: number; readonly to: number },
  sinks: readonly Sink[],
  staging: Staging,
): Reader {
  const size = ELEMENT_BYTES[constant.type];
  /** The start of an element that the last chunk cut. */
  const cut = new Uint8Array(size);
  let held = 0;
  let done = 0;
  return {
    ...range,
    take(bytes) {
      for (let at = 0; at < bytes.length; ) {
        // Made anew each time: a memory that grows leaves its views behind.
        const piece = new Uint8Array(staging.memory.buffer, staging.at, PIECE_BYTES);
        const part = bytes.subarray(at, at + PIECE_BYTES - held);
        piece.set(cut.subarray(0, held));
        piece.set(part, held);
        const filled = held + part.length;
        const elements = Math.floor(filled / size);
        held = filled - elements * size;
        cut.set(piece.subarray(elements * size, filled));
        if (elements > 0) deal(constant, done, elements, sinks, staging);
        done += elements;
        at += part.length;
      }
    },
    finish() {
      for (const sink of sinks) sink.end?.();
    },
  };
}

/** Gives the elements of a piece to all sinks. */
function deal(
  constant: Constant,
  start: number,
  count: number,
  sinks: readonly Sink[],
  staging: Staging,
): void {
  const takeReals = sinks.filter(({ stored }) => !stored);
  if (takeReals.length > 0) {
    const reals = realsOf(constant, start, elementsOf(constant.type, staging, count), staging);
    for (const sink of takeReals) sink.write(start, reals);
  }
  for (const sink of sinks) {
    // Views are made anew: what takes integers may let the memory grow, which leaves its views behind.
    if (sink.stored) sink.write(start, elementsOf(constant.type, staging, count));
  }
}

/** Puts a weight that lies in the graph file in its place. */
function loadInline(constant: Constant, sinks: readonly Sink[], staging: Staging): void {
  const { data } = constant;
  if (data.kind !== "inline") return;
  const reader = createReader(constant, { from: 0, to: data.bytes.length }, sinks, staging);
  reader.take(data.bytes);
  reader.finish();
}

/**
 * Loads the weights of a graph.
 *
 * @throws {EngineError} `out_of_memory`; `failed` when the stream is shorter or longer than announced; `unsupported_graph` when a
 * weight lies in another file. What the stream throws (a digest that does not match) passes through. Nothing stays allocated then.
 */
export async function loadWeights(
  packs: Packs,
  source: GraphSource,
  heap: Heap,
  kernels: Kernels,
  path: Q8Path,
): Promise<LoadedWeights> {
  /** Places of packs that are as large as was known before; the others get blocks of their own when they are packed. */
  const offsets: number[] = [];
  let total = 0;
  for (const { kind, bytes } of packs.list) {
    offsets.push(total);
    if (kind !== "depthwise") total += align(bytes);
  }
  const block = heap.allocate(total, "weights");
  const blocks = [block];
  const places = packs.list.map(({ bytes }, i) => ({ address: block.offset + offsets[i], bytes }));
  const allocate = (bytes: number) => {
    const own = heap.allocate(bytes, "weights");
    blocks.push(own);
    return own;
  };
  // Behind the weights, where activations will be.
  let piece: Block | undefined;
  try {
    piece = heap.allocate(STAGING_BYTES, "a piece of the weights");
    const byConstant = new Map<Constant, Sink[]>();
    const add = (sinks: Sinks) => {
      for (const [constant, sink] of sinks)
        byConstant.set(constant, [...(byConstant.get(constant) ?? []), sink]);
    };
    const sharers = new Map<MatrixPack, PlacedMatrix[]>();
    for (const [i, pack] of packs.list.entries()) {
      const { address } = places[i];
      if (pack.kind === "floats") add(floatSinks(pack, address, heap, kernels));
      else if (pack.kind === "table") new Uint8Array(heap.memory.buffer).set(pack.table, address);
      else if (pack.kind === "matrix") {
        const { owner = pack, matrix } = pack;
        const own = sharers.get(owner) ?? [];
        sharers.set(owner, own);
        if (pack.owner) own.push({ matrix, at: address });
        add(matrixSinks(pack, { kernels, memory: heap.memory, at: address, path, allocate }, own));
      } else {
        const put = (packed: Uint8Array) => {
          const own = allocate(packed.length);
          places[i] = { address: own.offset, bytes: own.bytes };
          new Uint8Array(heap.memory.buffer).set(packed, own.offset);
        };
        add(depthwiseSinks(pack, path, put));
      }
    }
    const staging = { kernels, memory: heap.memory, at: piece.offset };
    await readStream(source, createReaders(byConstant, source, staging));
  } catch (error) {
    for (const one of blocks) heap.free(one);
    throw error;
  } finally {
    if (piece) heap.free(piece);
  }
  return { blocks, address: (index) => places[index].address, bytes: (index) => places[index].bytes };
}

/** Readers of what lies in the data file, in its order; what lies in the graph file is loaded at once. */
function createReaders(
  byConstant: ReadonlyMap<Constant, Sink[]>,
  source: GraphSource,
  staging: Staging,
): Reader[] {
  const readers: Reader[] = [];
  for (const [constant, sinks] of byConstant) {
    const { data, name } = constant;
    if (data.kind === "inline") {
      loadInline(constant, sinks, staging);
      continue;
    }
    if (data.location !== source.weightsLocation) {
      const message = `weight "${name}" lies in "${data.location}", not in "${source.weightsLocation}"`;
      throw new EngineError("unsupported_graph", message);
    }
    const to = data.offset + data.length;
    if (to > source.weightsBytes) {
      throw new EngineError("failed", `weight "${name}" ends at byte ${to} of ${source.weightsBytes}`);
    }
    readers.push(createReader(constant, { from: data.offset, to }, sinks, staging));
  }
  return readers.sort((a, b) => a.from - b.from);
}

/** Deals the stream out to the readers. The whole stream is read, so that whoever checks it sees its end. */
async function readStream(source: GraphSource, readers: readonly Reader[]): Promise<void> {
  if (source.weightsBytes === 0 && readers.length === 0) return;
  let open = [...readers];
  let at = 0;
  for await (const chunk of await source.openWeights()) {
    const end = at + chunk.byteLength;
    if (end > source.weightsBytes) {
      throw new EngineError(
        "failed",
        `the weights are longer than the ${source.weightsBytes} bytes announced`,
      );
    }
    for (const reader of open) {
      if (reader.from >= end) break;
      reader.take(chunk.subarray(Math.max(0, reader.from - at), Math.min(chunk.byteLength, reader.to - at)));
      if (reader.to <= end) reader.finish();
    }
    open = open.filter((reader) => reader.to > end);
    at = end;
  }
  if (at !== source.weightsBytes) {
    throw new EngineError("failed", `the weights end after ${at} of ${source.weightsBytes} bytes`);
  }
}
