/**
 * Decodes the constant tensors of a TensorFlow Lite file.
 *
 * @module
 */
import { ImportError } from "../nhwc/errors.ts";
import { elementCount } from "../nhwc/graph.ts";
import type { Known } from "../nhwc/terms.ts";
import { known } from "../nhwc/terms.ts";
import type { Quantization, TfliteTensor } from "./schema.ts";

type Elements =
  | Float32Array
  | Float16Array
  | Int32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array;

/** Element types by their number in the schema's `TensorType`: bytes, and how they are read. */
const TYPES: ReadonlyMap<number, readonly [bytes: number, read: (buffer: ArrayBuffer) => Elements]> = new Map<
  number,
  readonly [number, (buffer: ArrayBuffer) => Elements]
>([
  [0, [4, (buffer) => new Float32Array(buffer)]],
  [1, [2, (buffer) => new Float16Array(buffer)]],
  [2, [4, (buffer) => new Int32Array(buffer)]],
  [3, [1, (buffer) => new Uint8Array(buffer)]],
  [4, [8, (buffer) => new BigInt64Array(buffer)]],
  [6, [1, (buffer) => new Uint8Array(buffer)]],
  [7, [2, (buffer) => new Int16Array(buffer)]],
  [9, [1, (buffer) => new Int8Array(buffer)]],
  [16, [2, (buffer) => new Uint16Array(buffer)]],
]);

/** Numbers of the types whose elements are floats. */
const FLOAT_TYPES: readonly number[] = [0, 1];

/** Bytes that a constant takes once decoded: every element becomes four of them. */
export function decodedBytes(tensor: TfliteTensor, data: Uint8Array): number {
  const [bytes] = TYPES.get(tensor.type) ?? [1];
  return (data.length / bytes) * Float32Array.BYTES_PER_ELEMENT;
}

/**
 * Widens a constant: halves and quantized integers become floats, other integers 32-bit ones.
 *
 * @throws {ImportError} when its type is not supported, or the file does not hold as many elements as its shape says.
 */
export function decodeTensor(tensor: TfliteTensor, data: Uint8Array): Known {
  const { name, shape, type, quantization } = tensor;
  const format = TYPES.get(type);
  if (!format)
    throw new ImportError("unsupported", `constant "${name}" is of type ${type}, which is not supported`);
  if (tensor.sparse)
    throw new ImportError("unsupported", `constant "${name}" is sparse, which is not supported`);
  const [bytes, read] = format;
  const count = elementCount(shape);
  if (shape.some((dim) => dim < 0) || count * bytes !== data.length) {
    throw new ImportError(
      "malformed",
      `constant "${name}": [${shape.join(", ")}] takes ${count * bytes} bytes, the file holds ${data.length}`,
    );
  }
  // A copy, since views of wider elements must be aligned.
  const elements = read(new Uint8Array(data).buffer);
  if (elements instanceof BigInt64Array) return known(shape, Int32Array.from(elements, saturate));
  if (FLOAT_TYPES.includes(type)) return known(shape, Float32Array.from(elements));
  if (quantization.scales.length === 0) return known(shape, Int32Array.from(elements));
  return known(shape, dequantize(tensor, elements, quantization));
}

/** "To the end" is written as the largest 64-bit integer. */
function saturate(value: bigint): number {
  return Number(BigInt.asIntN(32, value) === value ? value : value > 0n ? 2n ** 31n - 1n : -(2n ** 31n));
}

function dequantize(
  { name, shape }: TfliteTensor,
  elements: Exclude<Elements, BigInt64Array>,
  { scales, zeroPoints, axis }: Quantization,
): Float32Array {
  const perAxis = scales.length > 1;
  const fits = !perAxis || (axis >= 0 && axis < shape.length && shape[axis] === scales.length);
  if (!fits || (zeroPoints.length !== 0 && zeroPoints.length !== scales.length)) {
    throw new ImportError(
      "malformed",
      `constant "${name}" has ${scales.length} scales and ${zeroPoints.length} zero points for axis ${axis} of [${shape.join(", ")}]`,
    );
  }
  // Elements that follow each other with one scale: all that lies within one index of the axis.
  const run = perAxis ? elementCount(shape.slice(axis + 1)) : elements.length;
  const values = new Float32Array(elements.length);
  for (let i = 0; i < values.length; i++) {
    const channel = Math.floor(i / run) % scales.length;
    values[i] = scales[channel] * (elements[i] - (zeroPoints[channel] ?? 0));
  }
  return values;
}
