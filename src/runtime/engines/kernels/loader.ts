/**
 * Streams weights into memory: every piece of the data file is packed where its kernel reads it, so that beside the packed weights no
 * more than one chunk exists.
 *
 * @module
 */
import { elementCount } from "../../onnx/tensor.ts";
import { ELEMENT_BYTES } from "../../onnx/types.ts";
import { EngineError, type GraphSource } from "../engine.ts";
import { align } from "./arena.ts";
import type { Constant } from "./constants.ts";
import { type Elements, elementsOf, realsOf } from "./elements.ts";
import type { Block, Heap } from "./memory.ts";
import type { Q8Path } from "./packing/q8.ts";
import type { Packs } from "./packs.ts";
import { floatSinks, integerSinks, type Sink, type Sinks } from "./sinks.ts";

/** Bytes that are converted and packed at a time; a multiple of every element's size. */
const PIECE_BYTES = 64 * 1024;

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

/** Reads one initializer piece by piece: elements may be cut by chunks. */
function createReader(constant: Constant, from: number, to: number, sinks: readonly Sink[]): Reader {
  const size = ELEMENT_BYTES[constant.type];
  let staging: Uint8Array<ArrayBuffer> | undefined;
  let filled = 0;
  let done = 0;
  function flush(): void {
    if (!staging || filled < size) return;
    const elements = Math.floor(filled / size);
    deal(constant, done, elementsOf(constant.type, staging.buffer, elements), sinks);
    done += elements;
    staging.copyWithin(0, elements * size, filled);
    filled -= elements * size;
  }
  return {
    from,
    to,
    take(bytes) {
      staging ??= new Uint8Array(Math.min(PIECE_BYTES, to - from));
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + staging.length - filled);
        staging.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === staging.length) flush();
      }
    },
    finish() {
      flush();
      staging = undefined;
      for (const sink of sinks) sink.end?.();
    },
  };
}

/** Gives consecutive elements to all sinks. */
function deal(constant: Constant, start: number, elements: Elements, sinks: readonly Sink[]): void {
  let reals: Float32Array | undefined;
  for (const sink of sinks) {
    if (sink.stored) {
      sink.write(start, elements);
      continue;
    }
    reals ??= realsOf(constant, start, elements);
    sink.write(start, reals);
  }
}

/** Puts a weight that lies in the graph file in its place. */
function loadInline(constant: Constant, sinks: readonly Sink[]): void {
  const { data, type, dims } = constant;
  if (data.kind !== "inline") return;
  deal(constant, 0, elementsOf(type, data.bytes.slice().buffer, elementCount(dims)), sinks);
  for (const sink of sinks) sink.end?.();
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
  path: Q8Path,
): Promise<LoadedWeights> {
  /** Blocks of packs that are as large as was known before; integers get blocks of their own when they are packed. */
  const offsets: number[] = [];
  let total = 0;
  for (const { kind, bytes } of packs.list) {
    offsets.push(total);
    if (kind !== "integers") total += align(bytes);
  }
  const block = heap.allocate(total, "weights");
  const blocks = [block];
  const places = packs.list.map(({ bytes }, i) => ({ address: block.offset + offsets[i], bytes }));
  try {
    new Uint8Array(heap.memory.buffer, block.offset, block.bytes).fill(0);
    const byConstant = new Map<Constant, Sink[]>();
    const add = (sinks: Sinks) => {
      for (const [constant, sink] of sinks)
        byConstant.set(constant, [...(byConstant.get(constant) ?? []), sink]);
    };
    for (const [i, pack] of packs.list.entries()) {
      const { address } = places[i];
      if (pack.kind === "floats") add(floatSinks(pack, address, heap));
      else if (pack.kind === "table") new Uint8Array(heap.memory.buffer).set(pack.table, address);
      else {
        const place = (own: Block) => {
          blocks.push(own);
          places[i] = { address: own.offset, bytes: own.bytes };
        };
        add(integerSinks(pack, path, heap, place));
      }
    }
    await readStream(source, createReaders(byConstant, source));
  } catch (error) {
    for (const one of blocks) heap.free(one);
    throw error;
  }
  return { blocks, address: (index) => places[index].address, bytes: (index) => places[index].bytes };
}

/** Readers of what lies in the data file, in its order; what lies in the graph file is loaded at once. */
function createReaders(byConstant: ReadonlyMap<Constant, Sink[]>, source: GraphSource): Reader[] {
  const readers: Reader[] = [];
  for (const [constant, sinks] of byConstant) {
    const { data, name } = constant;
    if (data.kind === "inline") {
      loadInline(constant, sinks);
      continue;
    }
    if (data.location !== source.weightsLocation) {
      const message = `weight "${name}" lies in "${data.location}", not in "${source.weightsLocation}"`;
      throw new EngineError("unsupported_graph", message);
    }
    const end = data.offset + data.length;
    if (end > source.weightsBytes) {
      throw new EngineError("failed", `weight "${name}" ends at byte ${end} of ${source.weightsBytes}`);
    }
    readers.push(createReader(constant, data.offset, end, sinks));
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
