/**
 * Elements of weights as they are stored.
 *
 * @module
 */
import type { ElementType } from "../../onnx/types.ts";
import { type Constant, dequantized } from "./constants.ts";
import { widenHalves } from "./half.ts";

/** Consecutive elements as they are stored; halves as their bits. */
export type Elements = Float32Array | Uint16Array | Int8Array | Uint8Array | Int32Array;

/** Views bytes as elements. */
export function elementsOf(type: ElementType, bytes: ArrayBuffer, count: number): Elements {
  switch (type) {
    case "float16":
      return new Uint16Array(bytes, 0, count);
    case "int8":
      return new Int8Array(bytes, 0, count);
    case "uint8":
      return new Uint8Array(bytes, 0, count);
    case "int32":
      return new Int32Array(bytes, 0, count);
    default:
      return new Float32Array(bytes, 0, count);
  }
}

/** The real numbers that consecutive elements of a constant stand for; the first is element `start`. */
export function realsOf(constant: Constant, start: number, elements: Elements): Float32Array {
  if (constant.quantized) return dequantized(constant, start, elements);
  if (elements instanceof Uint16Array) {
    const floats = new Float32Array(elements.length);
    widenHalves(elements, floats);
    return floats;
  }
  return elements instanceof Float32Array ? elements : Float32Array.from(elements);
}
