/**
 * Where the weights of a pack go while they are loaded.
 *
 * @module
 */
import { elementCount } from "../../onnx/tensor.ts";
import type { Constant } from "./constants.ts";
import type { Elements } from "./elements.ts";
import type { DepthwisePack, MatrixPack } from "./integer-packs.ts";
import type { Block, Heap } from "./memory.ts";
import type { Kernels } from "./module.ts";
import {
  finishMatrix,
  type MatrixPlace,
  type PlacedMatrix,
  packPiece,
  putBiases,
  startMatrix,
} from "./packing/matrix-q8.ts";
import { packBias, packInMemory } from "./packing/pack.ts";
import type { Q8Path } from "./packing/q8.ts";
import { type FloatPack, inlineBias } from "./packs.ts";

/** Takes consecutive elements of a constant: as real numbers, or as they are stored. They lie in the kernels' memory. */
export interface Sink {
  readonly stored: boolean;
  write(start: number, values: Elements): void;
  end?(): void;
}

/** Sinks by the constant that they take. */
export type Sinks = readonly (readonly [Constant, Sink])[];

/** Where the bias follows weights that keep ONNX's order, in floats. */
export function rawBiasOffset(weight: Pick<Constant, "dims">): number {
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

/** Where integers go, and what makes room for what is not known before. */
export interface IntegerPlace extends MatrixPlace {
  readonly path: Q8Path;
  /** Gives room; memory may grow. */
  allocate(bytes: number): Block;
}

/**
 * Sinks for a matrix of integers at an address: each piece of the weights goes where it stays.
 *
 * @param sharers the matrices that have its weights, of which all are there when the weights are
 */
export function matrixSinks(
  { weight, bias, matrix, owner }: MatrixPack,
  place: IntegerPlace,
  sharers: readonly PlacedMatrix[],
): Sinks {
  startMatrix(matrix, place);
  const weights: Sink = {
    stored: true,
    write: (start, values) => packPiece(matrix, start, values.length, values.byteOffset, place),
    end: () => finishMatrix(matrix, place.path, place, (bytes) => place.allocate(bytes).offset, sharers),
  };
  const biases: Sink = {
    stored: true,
    write: (start, values) => putBiases(matrix, start, values, place),
  };
  return [...(owner ? [] : [[weight, weights] as const]), ...(bias ? [[bias, biases] as const] : [])];
}

/**
 * Sinks for a depthwise convolution's integers. They are few: they are gathered, as packing looks at all of them; then packed, and put into a block of
 * their size.
 *
 * @param put takes the packed weights
 */
export function depthwiseSinks(
  { weight, bias, pack }: DepthwisePack,
  path: Q8Path,
  put: (packed: Uint8Array) => void,
): Sinks {
  let weights: Int8Array | undefined;
  let biases: Int32Array | undefined;
  const complete = () => {
    if (weights && (biases || !bias)) put(pack(weights, biases, path));
  };
  const weightSink = gather(new Int8Array(elementCount(weight.dims)), (whole) => {
    weights = whole;
    complete();
  });
  if (!bias) return [[weight, weightSink]];
  const biasSink = gather(new Int32Array(elementCount(bias.dims)), (whole) => {
    biases = whole;
    complete();
  });
  return [
    [weight, weightSink],
    [bias, biasSink],
  ];
}

/** Collects the elements of a constant. */
function gather<T extends Int8Array | Int32Array>(whole: T, done: (whole: T) => void): Sink {
  return { stored: true, write: (start, values) => whole.set(values, start), end: () => done(whole) };
}
