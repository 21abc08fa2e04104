/**
 * Tensors of an ONNX graph: their types, sizes and values.
 *
 * @module
 */
import type { ElementType, Initializer } from "./types.ts";
import { ELEMENT_BYTES, ELEMENT_TYPES, OnnxError } from "./types.ts";

/** The name of an element type. @throws {OnnxError} when this project does not use it. */
export function elementType(dataType: number, where: string): ElementType {
  const type = (ELEMENT_TYPES as Readonly<Record<number, ElementType>>)[dataType];
  if (!type) throw new OnnxError(`${where}: element type ${dataType} is not supported`);
  return type;
}

/** A 64-bit integer as a number that is exact; "to the end" markers like INT64_MAX saturate. */
export function safeNumber(value: bigint | number): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)));
}

/** Elements in a tensor of these dimensions. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/**
 * The values of an inline initializer, as numbers: shapes, axes, scales, clip bounds.
 *
 * @throws {OnnxError} when the data is external (a weight) or float16.
 */
export function inlineValues(initializer: Initializer): number[] {
  const { data, type, name } = initializer;
  if (data.kind === "external") throw new OnnxError(`${name} is a weight in the data file, not a constant`);
  const view = new DataView(data.bytes.buffer, data.bytes.byteOffset, data.bytes.byteLength);
  const size = ELEMENT_BYTES[type];
  const values = new Array<number>(data.bytes.length / size);
  for (let i = 0; i < values.length; i++) values[i] = readElement(view, i * size, type, name);
  return values;
}

/**
 * The values of an inline initializer as floats. Scales are thousands a network: they are copied as they lie, little-endian as every host of WebAssembly.
 *
 * @throws {OnnxError} as {@link inlineValues}
 */
export function inlineFloats(initializer: Initializer): Float32Array {
  const { data, type } = initializer;
  // Copied by the constructor: Node's `Buffer.slice` would give a view.
  if (data.kind === "inline" && type === "float32")
    return new Float32Array(new Uint8Array(data.bytes).buffer);
  return Float32Array.from(inlineValues(initializer));
}

function readElement(view: DataView, at: number, type: ElementType, name: string): number {
  switch (type) {
    case "float32":
      return view.getFloat32(at, true);
    case "float64":
      return view.getFloat64(at, true);
    case "int64":
      return safeNumber(view.getBigInt64(at, true));
    case "uint64":
      return safeNumber(view.getBigUint64(at, true));
    case "int32":
      return view.getInt32(at, true);
    case "uint32":
      return view.getUint32(at, true);
    case "int16":
      return view.getInt16(at, true);
    case "uint16":
      return view.getUint16(at, true);
    case "int8":
      return view.getInt8(at);
    case "uint8":
    case "bool":
      return view.getUint8(at);
    case "float16":
      throw new OnnxError(`${name}: a float16 constant is not supported here`);
  }
}
