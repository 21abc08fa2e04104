/**
 * Tensors of the Open Inference Protocol: JSON numbers, flat or nested, or little-endian bytes behind the JSON (the binary tensor data extension).
 *
 * @module
 */
import * as z from "zod";
import type { Tensor } from "../../runtime/engines/engine.ts";
import { problem } from "../problem.ts";

/** The protocol's numeric data types, and the arrays that hold them. What a network is fed becomes 32-bit floats. */
const ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const;

/** Names of the data types that are taken. */
export const DATATYPES = Object.keys(ARRAYS) as [Datatype, ...Datatype[]];
type Datatype = keyof typeof ARRAYS;

/** An input tensor of a request. */
export const RequestInput = z.object({
  name: z.string("a name"),
  shape: z.array(
    z.int("a list of whole numbers").min(1, "a list of whole numbers from 1 on"),
    "a list of whole numbers",
  ),
  datatype: z.enum(DATATYPES, `one of ${DATATYPES.join(", ")}`),
  parameters: z.object({ binary_data_size: z.int("a number of bytes").min(0).optional() }).optional(),
  data: z.array(z.unknown(), "a list of numbers").optional(),
});
export type RequestInput = z.infer<typeof RequestInput>;

/** A part of a binary body and how far it is read. */
export interface BinaryReader {
  /** The next so many bytes; `undefined` when there are fewer. */
  take(bytes: number): Uint8Array | undefined;
  /** Bytes that nobody took. */
  left(): number;
}

/** Reads the tensors behind a request's JSON in their order. */
export function createReader(binary: Uint8Array): BinaryReader {
  let position = 0;
  return {
    take(bytes) {
      if (position + bytes > binary.byteLength) return undefined;
      position += bytes;
      return binary.subarray(position - bytes, position);
    },
    left: () => binary.byteLength - position,
  };
}

/**
 * A request's input as the engines take it.
 *
 * @throws {Problem} `bad-request-body`, naming the input
 */
export function toTensor(input: RequestInput, binary: BinaryReader): Tensor {
  const { name, shape, datatype, parameters, data } = input;
  const size = shape.reduce((product, dim) => product * dim, 1);
  const bytes = parameters?.binary_data_size;
  if (bytes !== undefined) {
    if (data !== undefined) throw bad(name, "it has both data and binary_data_size; one is taken");
    const expected = size * ARRAYS[datatype].BYTES_PER_ELEMENT;
    if (bytes !== expected) {
      throw bad(name, `binary_data_size is ${bytes}, its shape and datatype take ${expected} bytes`);
    }
    const part = binary.take(bytes);
    if (part === undefined) throw bad(name, `the body ends before its ${bytes} bytes`);
    return { dims: shape, data: fromBytes(part, datatype) };
  }
  if (data === undefined) throw bad(name, "it has neither data nor binary_data_size");
  // A shape can claim anything; the data bound what is allocated.
  const values = new Float32Array(Math.min(size, countOf(data)));
  const count = fill(values, 0, data, name);
  if (count !== size) throw bad(name, `it has ${count} values for a shape of ${shape.join("×")}`);
  return { dims: shape, data: values };
}

/** Elements of lists of any depth. */
function countOf(data: readonly unknown[]): number {
  return data.reduce<number>((sum, value) => sum + (Array.isArray(value) ? countOf(value) : 1), 0);
}

/** Copies numbers out of lists of any depth. @returns how many there are, those beyond the tensor's size included */
function fill(into: Float32Array, from: number, data: readonly unknown[], name: string): number {
  let at = from;
  for (const value of data) {
    if (Array.isArray(value)) at = fill(into, at, value, name);
    else if (typeof value === "number") into[at++] = value;
    else if (typeof value === "boolean") into[at++] = Number(value);
    else throw bad(name, `its data has ${JSON.stringify(value)}, which is not a number`);
  }
  return at;
}

function fromBytes(bytes: Uint8Array, datatype: Datatype): Float32Array {
  // A copy: the bytes lie behind JSON, and so anywhere.
  const aligned = bytes.slice().buffer;
  const values = new ARRAYS[datatype](aligned);
  return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>, Number);
}

function bad(name: string, why: string) {
  return problem("bad-request-body", `The input '${name}' is not as the protocol has it: ${why}.`);
}
