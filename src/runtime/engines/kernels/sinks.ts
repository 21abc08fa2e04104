/**
 * Where the weights of a pack go while they are loaded.
 *
 * @module
 */
import { elementCount } from "../../onnx/tensor.ts";
import type { Constant } from "./constants.ts";
import type { Elements } from "./elements.ts";
import type { Block, Heap } from "./memory.ts";
import type { Kernels } from "./module.ts";
import { packBias, packInMemory } from "./packing/pack.ts";
import type { Q8Path } from "./packing/q8.ts";
import { type FloatPack, type IntegerPack, inlineBias } from "./packs.ts";

/** Takes consecutive elements of a constant: as real numbers, or as they are stored. They lie in the kernels' memory. */
export interface Sink {
  readonly stored: boolean;
  write(start: number, values: Elements): void;
  end?(): void;
}

/** Sinks by the constant that they take. */
export type Sinks = readonly (readonly [Constant, Sink])[];

/** Where the bias follows weights that keep ONNX's order, in floats. */
export function rawBiasOffset(weight: Constant): number {
  return Math.ceil(elementCount(weight.dims) / 4) * 4;
}

/** Sinks for the weight and the bias of a pack of floats at an address. */
export function floatSinks(pack: FloatPack, address: number, heap: Heap, kernels: Kernels): Sinks {
  const { layout, half } = pack;
  const floats = () => new Float32Array(heap.memory.buffer, address, Math.floor(pack.bytes / 4));
  const weight: Sink = {
    stored: half,
    write(start, values) {
      const places = { kernels, from: values.byteOffset, to: address, half };
      if (layout) packInMemory(layout, start, values.length, places);
      else floats().set(values, start);
    },
  };
  const putBias = (values: Float32Array) => {
    if (layout) packBias(layout, floats(), values);
    else floats().set(values, rawBiasOffset(pack.weight));
  };
  const inline = inlineBias(pack);
  if (inline) putBias(inline);
  if (!pack.bias || inline) return [[pack.weight, weight]];
  // A bias is small, and lies in several places: it is put there when it is complete.
  const whole = new Float32Array(elementCount(pack.bias.dims));
  const bias: Sink = {
    stored: false,
    write: (start, values) => whole.set(values, start),
    end: () => putBias(whole),
  };
  return [
    [pack.weight, weight],
    [pack.bias, bias],
  ];
}

/**
 * Sinks for the integers of a pack. They are gathered, as packing looks at all weights of an output; then packed, and put into a block of their
 * size.
 *
 * @param place takes the block
 */
export function integerSinks(
  pack: IntegerPack,
  path: Q8Path,
  heap: Heap,
  place: (block: Block) => void,
): Sinks {
  const { slice, perOutput, packer } = pack;
  const waits = pack.bias !== undefined && !packer.addBias;
  let weights: Int8Array | undefined;
  let bias: Int32Array | undefined;
  let block: Block | undefined;
  const put = () => {
    if (!weights || (waits && !bias)) return;
    const packed = packer.pack(weights, bias, path);
    weights = undefined;
    block = heap.allocate(packed.length, "weights");
    place(block);
    new Uint8Array(heap.memory.buffer).set(packed, block.offset);
  };
  const weight = gather(slice[0] * perOutput, slice[1] * perOutput, Int8Array, (whole) => {
    weights = whole;
    put();
  });
  if (!pack.bias) return [[pack.weight, weight]];
  const biases = gather(slice[0], slice[1], Int32Array, (whole) => {
    bias = whole;
    if (block) packer.addBias?.(new Uint8Array(heap.memory.buffer, block.offset, block.bytes), whole);
    else put();
  });
  return [
    [pack.weight, weight],
    [pack.bias, biases],
  ];
}

/** Collects elements `from` to `to` of what comes. */
function gather<T extends Int8Array | Int32Array>(
  from: number,
  to: number,
  make: new (length: number) => T,
  done: (whole: T) => void,
): Sink {
  let whole: T | undefined;
  return {
    stored: true,
    write(start, values) {
      const [first, last] = [Math.max(from, start), Math.min(to, start + values.length)];
      if (first >= last) return;
      whole ??= new make(to - from);
      whole.set(values.subarray(first - start, last - start), first - from);
      if (last < to) return;
      done(whole);
      whole = undefined;
    },
  };
}
