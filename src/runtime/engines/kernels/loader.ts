/**
 * Streams weights into memory: every piece of the data file is packed where its kernel reads it, so that beside the packed weights no
 * more than one chunk exists.
 *
 * @module
 */
import { ELEMENT_BYTES, type Initializer } from "../../onnx/types.ts";
import { EngineError, type GraphSource } from "../engine.ts";
import { align } from "./arena.ts";
import { constantFloats } from "./constants.ts";
import { widenHalves } from "./half.ts";
import type { Block, Heap } from "./memory.ts";
import { packBias, packWeights } from "./packing/pack.ts";
import { inlineBias, type Pack, type Packs } from "./packs.ts";

/** Bytes that are converted and packed at a time; a multiple of every element's size. */
const PIECE_BYTES = 64 * 1024;

/** A model's packed weights. */
export interface LoadedWeights {
  readonly block: Block;
  /** Byte address of each pack. */
  address(index: number): number;
}

/** Takes consecutive elements of an initializer: as floats, or as the bits of halves where they stay so. */
interface Sink {
  readonly half: boolean;
  write(start: number, values: Float32Array | Uint16Array): void;
  end?(): void;
}

/** Collects the pieces of one initializer from the chunks of the stream. */
interface Reader {
  readonly from: number;
  readonly to: number;
  take(bytes: Uint8Array): void;
  finish(): void;
}

const count = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);

/** Where the bias follows weights that keep ONNX's order, in floats. */
export function rawBiasOffset(weight: Initializer): number {
  return Math.ceil(count(weight.dims) / 4) * 4;
}

/** Sinks for the weight and the bias of a pack. */
function sinksOf(pack: Pack, address: number, heap: Heap): { weight: Sink; bias: Sink | undefined } {
  const { layout, half } = pack;
  const floats = () => new Float32Array(heap.memory.buffer, address, Math.floor(pack.bytes / 4));
  const halves = () => new Uint16Array(heap.memory.buffer, address, Math.floor(pack.bytes / 2));
  const weight: Sink = {
    half,
    write(start, values) {
      if (values instanceof Uint16Array) {
        if (layout) packWeights(layout, halves(), start, values);
      } else if (layout) packWeights(layout, floats(), start, values);
      else floats().set(values, start);
    },
  };
  const putBias = (values: Float32Array) => {
    if (layout) packBias(layout, floats(), values);
    else floats().set(values, rawBiasOffset(pack.weight));
  };
  const inline = inlineBias(pack);
  if (inline) putBias(inline);
  if (!pack.bias || inline) return { weight, bias: undefined };
  // A bias is small, and lies in several places: it is put there when it is complete.
  const whole = new Float32Array(count(pack.bias.dims));
  const bias: Sink = {
    half: false,
    write: (start, values) => whole.set(values, start),
    end: () => putBias(whole),
  };
  return { weight, bias };
}

/** Reads one initializer piece by piece: elements may be cut by chunks. */
function createReader(initializer: Initializer, from: number, to: number, sinks: readonly Sink[]): Reader {
  const size = ELEMENT_BYTES[initializer.type];
  let staging: Uint8Array<ArrayBuffer> | undefined;
  let filled = 0;
  let done = 0;
  function flush(): void {
    if (!staging || filled < size) return;
    const elements = Math.floor(filled / size);
    const bits = initializer.type === "float16" ? new Uint16Array(staging.buffer, 0, elements) : undefined;
    let floats = bits ? undefined : new Float32Array(staging.buffer, 0, elements);
    for (const sink of sinks) {
      if (bits && sink.half) {
        sink.write(done, bits);
        continue;
      }
      if (!floats && bits) {
        floats = new Float32Array(elements);
        widenHalves(bits, floats);
      }
      if (floats) sink.write(done, floats);
    }
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

/** Puts a weight that lies in the graph file in its place. */
function loadInline(initializer: Initializer, sinks: readonly Sink[]): void {
  const { data, type } = initializer;
  if (data.kind !== "inline") return;
  for (const sink of sinks) {
    if (sink.half && type === "float16") sink.write(0, new Uint16Array(data.bytes.slice().buffer));
    else sink.write(0, constantFloats(initializer));
    sink.end?.();
  }
}

/**
 * Loads the weights of a graph.
 *
 * @throws {EngineError} `out_of_memory`; `failed` when the stream is shorter or longer than announced; `unsupported_graph` when a
 * weight lies in another file. What the stream throws (a digest that does not match) passes through. Nothing stays allocated then.
 */
export async function loadWeights(packs: Packs, source: GraphSource, heap: Heap): Promise<LoadedWeights> {
  const offsets: number[] = [];
  let total = 0;
  for (const { bytes } of packs.list) {
    offsets.push(total);
    total += align(bytes);
  }
  const block = heap.allocate(total, "weights");
  try {
    new Uint8Array(heap.memory.buffer, block.offset, block.bytes).fill(0);
    const byInitializer = new Map<Initializer, Sink[]>();
    for (const [i, pack] of packs.list.entries()) {
      const { weight, bias } = sinksOf(pack, block.offset + offsets[i], heap);
      byInitializer.set(pack.weight, [...(byInitializer.get(pack.weight) ?? []), weight]);
      if (bias && pack.bias) byInitializer.set(pack.bias, [...(byInitializer.get(pack.bias) ?? []), bias]);
    }
    await readStream(source, createReaders(byInitializer, source));
  } catch (error) {
    heap.free(block);
    throw error;
  }
  return { block, address: (index) => block.offset + offsets[index] };
}

/** Readers of what lies in the data file, in its order; what lies in the graph file is loaded at once. */
function createReaders(byInitializer: ReadonlyMap<Initializer, Sink[]>, source: GraphSource): Reader[] {
  const readers: Reader[] = [];
  for (const [initializer, sinks] of byInitializer) {
    const { data, name } = initializer;
    if (data.kind === "inline") {
      loadInline(initializer, sinks);
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
    readers.push(createReader(initializer, data.offset, end, sinks));
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
