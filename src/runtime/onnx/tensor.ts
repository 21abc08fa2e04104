/**
 * Tensors of an ONNX file: their types, places and values.
 *
 * @module
 */
import type { TensorProto } from "./onnx_pb.ts";
import { TensorProto_DataLocation as DataLocation } from "./onnx_pb.ts";
import type { ElementType, Initializer, InitializerData } from "./types.ts";
import { ELEMENT_BYTES, ELEMENT_TYPES, OnnxError } from "./types.ts";

/** The name of an element type. @throws {OnnxError} when this project does not use it. */
export function elementType(dataType: number, where: string): ElementType {
  const type = (ELEMENT_TYPES as Readonly<Record<number, ElementType>>)[dataType];
  if (!type) throw new OnnxError(`${where}: element type ${dataType} is not supported`);
  return type;
}

/** A 64-bit integer as a number; "to the end" markers like INT64_MAX saturate. */
export function safeNumber(value: bigint): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)));
}

/** Elements in a tensor of these dimensions. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Reads a tensor's description; inline data become little-endian bytes whichever field holds them. */
export function readTensor(tensor: TensorProto, name: string): Initializer {
  const type = elementType(tensor.dataType, name);
  const dims = tensor.dims.map(safeNumber);
  const bytes = elementCount(dims) * ELEMENT_BYTES[type];
  if (dims.some((dim) => dim < 0) || !Number.isSafeInteger(bytes)) {
    throw new OnnxError(`${name}: impossible dimensions [${dims.join(", ")}]`);
  }
  const data: InitializerData =
    tensor.dataLocation === DataLocation.EXTERNAL
      ? externalData(tensor, name, bytes)
      : { kind: "inline", bytes: inlineBytes(tensor, type) };
  const length = data.kind === "inline" ? data.bytes.length : data.length;
  if (length !== bytes) {
    throw new OnnxError(
      `${name}: ${type}[${dims.join(", ")}] takes ${bytes} bytes, the file holds ${length}`,
    );
  }
  return { name, type, dims, data };
}

function externalData(tensor: TensorProto, name: string, bytes: number): InitializerData {
  const entries = new Map(tensor.externalData.map((entry) => [entry.key, entry.value]));
  const location = entries.get("location");
  if (!location) throw new OnnxError(`${name}: external data without a location`);
  const offset = Number(entries.get("offset") ?? 0);
  // The specification lets `length` be absent: the tensor's own size.
  const length = Number(entries.get("length") ?? bytes);
  if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(length)) {
    throw new OnnxError(`${name}: impossible place in external data (offset ${offset}, length ${length})`);
  }
  return { kind: "external", location, offset, length };
}

function inlineBytes(tensor: TensorProto, type: ElementType): Uint8Array {
  if (tensor.rawData.length > 0) return tensor.rawData;
  switch (type) {
    case "float32":
      return bytesOf(Float32Array.from(tensor.floatData));
    case "float64":
      return bytesOf(Float64Array.from(tensor.doubleData));
    case "int64":
      return bytesOf(BigInt64Array.from(tensor.int64Data));
    case "uint32":
      return bytesOf(Uint32Array.from(tensor.uint64Data, Number));
    case "uint64":
      return bytesOf(BigUint64Array.from(tensor.uint64Data));
    case "int32":
      return bytesOf(Int32Array.from(tensor.int32Data));
    case "int16":
    case "uint16":
    case "float16": // As bits: onnx.proto, `int32_data`.
      return bytesOf(Uint16Array.from(tensor.int32Data));
    default:
      return Uint8Array.from(tensor.int32Data);
  }
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
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
  return Array.from({ length: data.bytes.length / size }, (_, i) => readElement(view, i * size, type, name));
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
