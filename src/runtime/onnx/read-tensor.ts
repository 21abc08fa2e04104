/**
 * Reads the tensors of an ONNX file: their types, dimensions and places. Field numbers are those of onnx.proto.
 *
 * @module
 */
import { elementCount, elementType, safeNumber } from "./tensor.ts";
import type { ElementType, Initializer, InitializerData } from "./types.ts";
import { ELEMENT_BYTES, OnnxError } from "./types.ts";
import { bytesOf, doublesOf, eachField, floatsOf, integerOf, integersOf, textOf } from "./wire.ts";

/** `TensorProto.DataLocation.EXTERNAL`. */
const EXTERNAL = 1;

const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** A `TensorProto`, its values in whichever field holds them. */
interface TensorFields {
  name: string;
  dataType: number;
  readonly dims: number[];
  readonly floats: number[];
  readonly doubles: number[];
  /** Of `int32_data`, `int64_data` and `uint64_data`, one of which a tensor has. */
  readonly integers: number[];
  raw: Uint8Array;
  external: boolean;
  readonly place: Map<string, string>;
}

/**
 * Reads a `TensorProto`; inline data become little-endian bytes whichever field holds them.
 *
 * @throws {OnnxError} {@link Error} where it does not parse
 */
export function readTensor(bytes: Uint8Array): Initializer {
  const tensor = readFields(bytes);
  const { name, dims } = tensor;
  const type = elementType(tensor.dataType, name);
  const size = elementCount(dims) * ELEMENT_BYTES[type];
  if (dims.some((dim) => dim < 0) || !Number.isSafeInteger(size)) {
    throw new OnnxError(`${name}: impossible dimensions [${dims.join(", ")}]`);
  }
  const data: InitializerData = tensor.external
    ? externalData(tensor, size)
    : { kind: "inline", bytes: inlineBytes(tensor, type) };
  const length = data.kind === "inline" ? data.bytes.length : data.length;
  if (length !== size) {
    throw new OnnxError(`${name}: ${type}[${dims.join(", ")}] takes ${size} bytes, the file holds ${length}`);
  }
  return { name, type, dims, data };
}

function readFields(bytes: Uint8Array): TensorFields {
  const tensor: TensorFields = {
    name: "",
    dataType: 0,
    dims: [],
    floats: [],
    doubles: [],
    integers: [],
    raw: new Uint8Array(),
    external: false,
    place: new Map(),
  };
  eachField(bytes, (field, value) => {
    switch (field) {
      case 1:
        for (const dim of integersOf(value)) tensor.dims.push(safeNumber(dim));
        break;
      case 2:
        tensor.dataType = integerOf(value);
        break;
      case 4:
        for (const element of floatsOf(value)) tensor.floats.push(element);
        break;
      case 5:
      case 7:
        for (const element of integersOf(value)) tensor.integers.push(element);
        break;
      case 8:
        tensor.name = textOf(value);
        break;
      case 9:
        tensor.raw = bytesOf(value);
        break;
      case 10:
        for (const element of doublesOf(value)) tensor.doubles.push(element);
        break;
      case 11:
        for (const element of integersOf(value, { signed: false })) tensor.integers.push(element);
        break;
      case 13:
        tensor.place.set(...readEntry(bytesOf(value)));
        break;
      case 14:
        tensor.external = integerOf(value) === EXTERNAL;
        break;
    }
  });
  return tensor;
}

/** A `StringStringEntryProto`. @throws {Error} where it does not parse */
export function readEntry(bytes: Uint8Array): [key: string, value: string] {
  const entry: [string, string] = ["", ""];
  eachField(bytes, (field, value) => {
    if (field === 1 || field === 2) entry[field - 1] = textOf(value);
  });
  return entry;
}

function externalData({ place, name }: TensorFields, bytes: number): InitializerData {
  const location = place.get("location");
  if (!location) throw new OnnxError(`${name}: external data without a location`);
  const offset = Number(place.get("offset") ?? 0);
  // The specification lets `length` be absent: the tensor's own size.
  const length = Number(place.get("length") ?? bytes);
  if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(length)) {
    throw new OnnxError(`${name}: impossible place in external data (offset ${offset}, length ${length})`);
  }
  return { kind: "external", location, offset, length };
}

/** Typed arrays keep an integer's low bits. */
function inlineBytes({ raw, floats, doubles, integers }: TensorFields, type: ElementType): Uint8Array {
  if (raw.length > 0) return raw;
  switch (type) {
    case "float32":
      return viewOf(Float32Array.from(floats));
    case "float64":
      return viewOf(Float64Array.from(doubles));
    case "int64":
      return viewOf(BigInt64Array.from(integers, (value) => atMost(value, INT64_MAX)));
    case "uint64":
      return viewOf(BigUint64Array.from(integers, (value) => atMost(value, UINT64_MAX)));
    case "int32":
    case "uint32":
      return viewOf(Int32Array.from(integers));
    case "int16":
    case "uint16":
    case "float16": // As bits: onnx.proto, `int32_data`.
      return viewOf(Uint16Array.from(integers));
    default:
      return Uint8Array.from(integers);
  }
}

/** An integer as a big one. The largest, which means "to the end", was rounded up. */
function atMost(value: number, most: bigint): bigint {
  const integer = BigInt(value);
  return integer > most ? most : integer;
}

function viewOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
