/**
 * The part of TensorFlow Lite's schema that networks of this family use.
 *
 * Field numbers are those of tensorflow/compiler/mlir/lite/schema/schema.fbs (version 3), counted from 0 in the order of declaration.
 *
 * @module
 */
import { ImportError } from "../nhwc/errors.ts";
import type { Table } from "./flatbuffer.ts";
import { openFlatBuffer } from "./flatbuffer.ts";
import { BUILTIN_OPERATORS } from "./operator-names.ts";

/** How a tensor is quantized: real value = `scale * (q - zero point)`, for all, or for each index of one axis. */
export interface Quantization {
  /** Empty when the tensor is not quantized. */
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
}

/** A tensor of the file. */
export interface TfliteTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** As `shape`, with -1 where a dimension is open; undefined when none is. */
  readonly shapeSignature: readonly number[] | undefined;
  /** Its number in the schema's `TensorType`. */
  readonly type: number;
  readonly quantization: Quantization;
  readonly sparse: boolean;
  /** The stored elements, little-endian; undefined for tensors that are computed. */
  readonly data: Uint8Array | undefined;
}

/** An operator of the file. */
export interface TfliteOperator {
  /** `CONV_2D`, or `CUSTOM:<its own name>`. */
  readonly name: string;
  /** Indices of tensors, -1 for an input that is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The table of its options; which, depends on the operator. */
  readonly options: Table | undefined;
  readonly customOptions: Uint8Array | undefined;
}

/** The main subgraph of a file. */
export interface TfliteModel {
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** The version of the schema; there has been no other since 2017. */
const SCHEMA_VERSION = 3;

/** Reads the structure of a TensorFlow Lite file. Weights are views of `bytes`. @throws {ImportError} when the file is damaged. */
export function readTflite(bytes: Uint8Array): TfliteModel {
  const model = openFlatBuffer(bytes, "TFL3");
  const version = model.uint32(0, 0);
  if (version !== SCHEMA_VERSION) {
    throw new ImportError(
      "unsupported",
      `The file is of schema version ${version}, only ${SCHEMA_VERSION} is supported`,
    );
  }
  const names = model.tables(1).map(operatorName);
  const [subgraph] = model.tables(2);
  if (!subgraph) throw new ImportError("malformed", "The file holds no graph");
  const buffers = model.tables(4).map(bufferData);
  const tensors = subgraph.tables(0).map((table, i) => readTensor(table, i, buffers));
  return {
    tensors,
    inputs: tensorIndices(subgraph.ints(1) ?? [], tensors.length),
    outputs: tensorIndices(subgraph.ints(2) ?? [], tensors.length),
    operators: subgraph.tables(3).map((table) => readOperator(table, names, tensors.length)),
  };
}

function operatorName(code: Table): string {
  // Codes below 127 are kept in a byte of their own too, which old files have alone: schema_utils.cc, `GetBuiltinCode`.
  const number = Math.max(code.int8(0, 0), code.int32(3, 0));
  const name = BUILTIN_OPERATORS[number] ?? `operator ${number}`;
  return name === "CUSTOM" ? `CUSTOM:${code.text(1) ?? ""}` : name;
}

function bufferData(buffer: Table): Uint8Array | undefined {
  if (buffer.uint64(1) > 1n) {
    throw new ImportError(
      "unsupported",
      "The file keeps weights outside of its FlatBuffer (over 2 GB), which is not supported",
    );
  }
  const data = buffer.bytes(0);
  return data && data.length > 0 ? data : undefined;
}

function readTensor(table: Table, index: number, buffers: readonly (Uint8Array | undefined)[]): TfliteTensor {
  const name = table.text(3) || `tensor_${index}`;
  const buffer = table.uint32(2, 0);
  if (buffer >= buffers.length && buffer !== 0) {
    throw new ImportError("malformed", `tensor "${name}" is in buffer ${buffer} of ${buffers.length}`);
  }
  const signature = table.ints(7);
  const quantization = table.table(4);
  return {
    name,
    shape: table.ints(0) ?? [],
    shapeSignature: signature && signature.length > 0 ? signature : undefined,
    type: table.int8(1, 0),
    quantization: {
      scales: quantization?.floats(2) ?? [],
      zeroPoints: quantization?.longs(3) ?? [],
      axis: quantization?.int32(6, 0) ?? 0,
    },
    sparse: table.table(6) !== undefined,
    data: buffers[buffer],
  };
}

function readOperator(table: Table, names: readonly string[], tensors: number): TfliteOperator {
  const code = table.uint32(0, 0);
  const name = names[code];
  if (name === undefined) {
    throw new ImportError("malformed", `an operator is of kind ${code} of ${names.length}`);
  }
  return {
    name,
    inputs: tensorIndices(table.ints(1) ?? [], tensors),
    outputs: tensorIndices(table.ints(2) ?? [], tensors),
    options: table.table(4),
    customOptions: table.bytes(5),
  };
}

function tensorIndices(indices: readonly number[], tensors: number): readonly number[] {
  for (const index of indices) {
    if (index < -1 || index >= tensors) {
      throw new ImportError("malformed", `the file refers to tensor ${index} of ${tensors}`);
    }
  }
  return indices;
}
