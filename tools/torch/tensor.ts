/**
 * Tensors as checkpoints hold them: a storage of numbers, and how a tensor's elements lie in it.
 *
 * @module
 */
import { CheckpointError } from "./error.ts";

/** Element types of storages, by the name of torch's storage class. */
export const STORAGE_TYPES = {
  "torch.FloatStorage": "float32",
  "torch.DoubleStorage": "float64",
  "torch.HalfStorage": "float16",
  "torch.BFloat16Storage": "bfloat16",
  "torch.CharStorage": "int8",
  "torch.ByteStorage": "uint8",
  "torch.ShortStorage": "int16",
  "torch.IntStorage": "int32",
  "torch.LongStorage": "int64",
  "torch.BoolStorage": "bool",
  "torch.QInt8Storage": "qint8",
  "torch.QUInt8Storage": "quint8",
  "torch.QInt32Storage": "qint32",
} as const;

/** torch's name of an element type. */
export type DType = (typeof STORAGE_TYPES)[keyof typeof STORAGE_TYPES];

/** Bytes of one element. */
export const DTYPE_BYTES: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  qint8: 1,
  quint8: 1,
  qint32: 4,
};

/** A run of numbers that tensors are views of. */
export interface Storage {
  readonly kind: "storage";
  readonly key: string;
  readonly dtype: DType;
  /** In elements. */
  readonly length: number;
  /** Its bytes, little-endian: filled in after the pickle is read. */
  bytes?: Uint8Array;
}

/** How a quantized tensor's integers become real: `(integer - zeroPoint) * scale`. */
export type Quantization =
  | { readonly scheme: "per_tensor"; readonly scale: number; readonly zeroPoint: number }
  | {
      readonly scheme: "per_channel";
      readonly scales: readonly number[] | Tensor;
      readonly zeroPoints: readonly number[] | Tensor;
      readonly axis: number;
    };

/** A tensor, not yet read out of its storage. */
export interface Tensor {
  readonly kind: "tensor";
  readonly storage: Storage;
  /** In elements, as are the strides. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly quantization?: Quantization;
}

/** Elements in a tensor. */
export function tensorSize(tensor: Tensor): number {
  return tensor.shape.reduce((product, dim) => product * dim, 1);
}

/** Whether the elements lie one after the other, row-major. */
function isContiguous(tensor: Tensor): boolean {
  let expected = 1;
  for (let d = tensor.shape.length - 1; d >= 0; d--) {
    const dim = tensor.shape[d] ?? 0;
    if (dim !== 1 && tensor.strides[d] !== expected) return false;
    expected *= dim;
  }
  return true;
}

/** Calls `visit` with the storage index of every element, row-major. */
function forEachIndex(tensor: Tensor, visit: (storageIndex: number, i: number) => void): void {
  const { shape, strides } = tensor;
  const size = tensorSize(tensor);
  const position = shape.map(() => 0);
  let index = tensor.offset;
  for (let i = 0; i < size; i++) {
    visit(index, i);
    for (let d = shape.length - 1; d >= 0; d--) {
      const next = (position[d] ?? 0) + 1;
      index += strides[d] ?? 0;
      position[d] = next;
      if (next < (shape[d] ?? 0)) break;
      index -= next * (strides[d] ?? 0);
      position[d] = 0;
    }
  }
}

function viewOf(tensor: Tensor): DataView {
  const { bytes, key } = tensor.storage;
  if (!bytes) throw new CheckpointError("damaged", `storage ${key} is missing`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A function that reads the element at an index of a storage as a number. */
function elementReader(view: DataView, dtype: DType): (index: number) => number {
  switch (dtype) {
    case "float32":
      return (i) => view.getFloat32(i * 4, true);
    case "float64":
      return (i) => view.getFloat64(i * 8, true);
    case "float16":
      return (i) => view.getFloat16(i * 2, true);
    case "bfloat16": {
      // The upper half of a float32.
      const word = new DataView(new ArrayBuffer(4));
      return (i) => {
        word.setUint16(0, view.getUint16(i * 2, true));
        return word.getFloat32(0);
      };
    }
    case "int8":
    case "qint8":
      return (i) => view.getInt8(i);
    case "uint8":
    case "quint8":
    case "bool":
      return (i) => view.getUint8(i);
    case "int16":
      return (i) => view.getInt16(i * 2, true);
    case "int32":
    case "qint32":
      return (i) => view.getInt32(i * 4, true);
    case "int64":
      return (i) => Number(view.getBigInt64(i * 8, true));
  }
}

/**
 * Reads a tensor's numbers, row-major, as float32. Quantized tensors give their integers: see `Tensor.quantization`.
 *
 * Contiguous float32 tensors whose bytes are aligned are views into the checkpoint: don't write to the result.
 *
 * @throws {CheckpointError} when its storage is missing.
 */
export function readFloats(tensor: Tensor): Float32Array {
  const size = tensorSize(tensor);
  const view = viewOf(tensor);
  const start = view.byteOffset + tensor.offset * 4;
  if (tensor.storage.dtype === "float32" && isContiguous(tensor) && start % 4 === 0) {
    return new Float32Array(view.buffer, start, size);
  }
  const read = elementReader(view, tensor.storage.dtype);
  const floats = new Float32Array(size);
  forEachIndex(tensor, (index, i) => {
    floats[i] = read(index);
  });
  return floats;
}

/** Reads the integers of a `qint8` or `int8` tensor, row-major. */
export function readInt8(tensor: Tensor): Int8Array {
  const { dtype, key } = tensor.storage;
  if (dtype !== "qint8" && dtype !== "int8") {
    throw new CheckpointError("unsupported", `storage ${key} is ${dtype}, not 8-bit signed integers`);
  }
  const read = elementReader(viewOf(tensor), dtype);
  const integers = new Int8Array(tensorSize(tensor));
  forEachIndex(tensor, (index, i) => {
    integers[i] = read(index);
  });
  return integers;
}

/** Reads a tensor of few elements as exact numbers: scales (float64 among them), zero points. */
export function readNumbers(tensor: Tensor): number[] {
  const read = elementReader(viewOf(tensor), tensor.storage.dtype);
  const numbers = new Array<number>(tensorSize(tensor));
  forEachIndex(tensor, (index, i) => {
    numbers[i] = read(index);
  });
  return numbers;
}
