/**
 * Elements of weights as they are stored, and the pieces of memory in which they are brought to where they go.
 *
 * @module
 */
import type { ElementType } from "../../onnx/types.ts";
import { type Constant, dequantized } from "./constants.ts";
import type { Kernels } from "./module.ts";

/** Consecutive elements as they are stored; halves as their bits. */
export type Elements = Float32Array | Uint16Array | Int8Array | Uint8Array | Int32Array;

/** Bytes that are converted and packed at a time: they stay in the first-level cache. A multiple of every element's size. */
export const PIECE_BYTES = 32 * 1024;

/** A piece, and behind it the floats that it stands for: four times as many bytes, where elements are bytes. */
export const STAGING_BYTES = 5 * PIECE_BYTES;

/** Part of the kernels' memory that all weights pass through. */
export interface Staging {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  /** First of {@link STAGING_BYTES} bytes. */
  readonly at: number;
}

/** Views the piece as elements. */
export function elementsOf(type: ElementType, { memory, at }: Staging, count: number): Elements {
  const { buffer } = memory;
  switch (type) {
    case "float16":
      return new Uint16Array(buffer, at, count);
    case "int8":
      return new Int8Array(buffer, at, count);
    case "uint8":
      return new Uint8Array(buffer, at, count);
    case "int32":
      return new Int32Array(buffer, at, count);
    default:
      return new Float32Array(buffer, at, count);
  }
}

/** The real numbers that the elements of a piece stand for, in memory too; the first is element `start` of a constant. */
export function realsOf(
  constant: Constant,
  start: number,
  elements: Elements,
  { kernels, memory, at }: Staging,
): Float32Array {
  if (elements instanceof Float32Array) return elements;
  const reals = new Float32Array(memory.buffer, at + PIECE_BYTES, elements.length);
  if (constant.quantized) reals.set(dequantized(constant, start, elements));
  else if (elements instanceof Uint16Array) kernels.widenF16(elements.length, at, reals.byteOffset);
  else reals.set(elements);
  return reals;
}
