/**
 * Tensor data on the way into an ONNX file.
 *
 * @module
 */
import type { ElementType } from "../../src/runtime/onnx/types.ts";
import { ELEMENT_TYPES } from "../../src/runtime/onnx/types.ts";

/** Row-major elements of a tensor; the array's class tells the element type. */
export type TensorData =
  | Float32Array
  | Float16Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int32Array
  | BigInt64Array;

/** The element type that an array's class stands for. */
export function typeOfData(data: TensorData): ElementType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float16Array) return "float16";
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Int8Array) return "int8";
  if (data instanceof Uint16Array) return "uint16";
  if (data instanceof Int32Array) return "int32";
  return "int64";
}

/** ONNX's `TensorProto.DataType` number of an element type. */
export function dataTypeNumber(type: ElementType): number {
  for (const [number, name] of Object.entries(ELEMENT_TYPES)) if (name === type) return Number(number);
  throw new Error(`element type ${type} has no number`);
}

/** The bytes of an array, without copying (hosts of this project are little-endian, as ONNX is). */
export function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Largest finite half-precision number (IEEE 754 binary16). */
const FLOAT16_MAX = 65504;

/** The same numbers as halves, or `undefined` where one would overflow or is not finite. */
export function toFloat16(data: Float32Array): Float16Array | undefined {
  for (const value of data) if (!(Math.abs(value) <= FLOAT16_MAX)) return undefined;
  return new Float16Array(data);
}
