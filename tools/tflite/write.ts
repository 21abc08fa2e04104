/**
 * Writes TensorFlow Lite files, for tests and to compare engines by: the schema's tables, field by field (see `schema.ts`).
 *
 * @module
 */
import { Builder } from "flatbuffers";
import { BUILTIN_OPERATORS } from "./operator-names.ts";

/** Numbers of the schema's `TensorType`. */
export const TYPE = { float32: 0, float16: 1, int32: 2, uint8: 3, int64: 4, int8: 9 } as const;

/** A tensor; constants have data. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type?: keyof typeof TYPE;
  readonly data?: ArrayBufferView;
  readonly quantization?: {
    readonly scales: readonly number[];
    readonly zeroPoints: readonly number[];
    readonly axis?: number;
  };
  readonly signature?: readonly number[];
}

/** A field of an options table. */
export type Field =
  | { readonly int8: number }
  | { readonly int32: number }
  | { readonly float32: number }
  | { readonly bool: boolean }
  | { readonly ints: readonly number[] };

/** An operator's options: the number of their table in the union `BuiltinOptions`, and its fields by their number. */
export interface OptionsSpec {
  readonly type: number;
  readonly fields: Readonly<Record<number, Field>>;
}

/** An operator, its tensors by name; an empty name is an input that is left out. */
export interface OperatorSpec {
  /** `CONV_2D`, or `CUSTOM:<name>`. */
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly options?: OptionsSpec;
  readonly custom?: Uint8Array;
}

/** A file of one graph. */
export interface FileSpec {
  readonly tensors: readonly TensorSpec[];
  readonly operators: readonly OperatorSpec[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly version?: number;
}

/** Writes a file. */
export function writeTflite(file: FileSpec): Uint8Array {
  const b = new Builder(1024);
  const index = (name: string) => file.tensors.findIndex((tensor) => tensor.name === name);
  const codes = [...new Set(file.operators.map(({ op }) => op))];

  // Buffer 0 is the empty one, by convention.
  const buffers = [table(b, {}), ...file.tensors.map(({ data }) => writeBuffer(b, data))];
  const tensors = file.tensors.map((tensor, i) => writeTensor(b, tensor, tensor.data ? i + 1 : 0));
  const operators = file.operators.map((operator) =>
    table(b, {
      0: { int32: codes.indexOf(operator.op) },
      1: { ints: operator.inputs.map((name) => (name === "" ? -1 : index(name))) },
      2: { ints: operator.outputs.map(index) },
      ...(operator.options && {
        3: { int8: operator.options.type },
        4: { offset: table(b, operator.options.fields) },
      }),
      ...(operator.custom && { 5: { offset: b.createByteVector(operator.custom) } }),
    }),
  );
  const graph = table(b, {
    0: { offset: offsets(b, tensors) },
    1: { ints: file.inputs.map(index) },
    2: { ints: file.outputs.map(index) },
    3: { offset: offsets(b, operators) },
  });
  const operatorCodes = codes.map((op) => writeCode(b, op));
  const model = table(b, {
    0: { int32: file.version ?? 3 },
    1: { offset: offsets(b, operatorCodes) },
    2: { offset: offsets(b, [graph]) },
    4: { offset: offsets(b, buffers) },
  });
  b.finish(model, "TFL3");
  return b.asUint8Array().slice();
}

function writeCode(b: Builder, op: string): number {
  const [kind, custom] = op.split(":");
  const number = BUILTIN_OPERATORS.indexOf(kind);
  return table(b, {
    // 127 tells old readers to look at `builtin_code`.
    0: { int8: Math.min(number, 127) },
    ...(custom !== undefined && { 1: { offset: b.createString(custom) } }),
    3: { int32: number },
  });
}

function writeBuffer(b: Builder, data: ArrayBufferView | undefined): number {
  if (!data) return table(b, {});
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // LiteRT wants what it maps into memory aligned to 16 bytes.
  b.startVector(1, bytes.length, 16);
  for (const byte of bytes.toReversed()) b.addInt8(byte);
  const vector = b.endVector();
  return table(b, { 0: { offset: vector } });
}

function writeTensor(b: Builder, tensor: TensorSpec, buffer: number): number {
  const { quantization, signature } = tensor;
  return table(b, {
    0: { ints: tensor.shape },
    1: { int8: TYPE[tensor.type ?? "float32"] },
    2: { int32: buffer },
    3: { offset: b.createString(tensor.name) },
    ...(quantization && { 4: { offset: writeQuantization(b, quantization) } }),
    ...(signature && { 7: { ints: signature } }),
  });
}

function writeQuantization(
  b: Builder,
  { scales, zeroPoints, axis = 0 }: NonNullable<TensorSpec["quantization"]>,
): number {
  b.startVector(4, scales.length, 4);
  for (const scale of scales.toReversed()) b.addFloat32(scale);
  const scaleVector = b.endVector();
  b.startVector(8, zeroPoints.length, 8);
  for (const zeroPoint of zeroPoints.toReversed()) b.addInt64(BigInt(zeroPoint));
  const zeroPointVector = b.endVector();
  return table(b, { 2: { offset: scaleVector }, 3: { offset: zeroPointVector }, 6: { int32: axis } });
}

function offsets(b: Builder, tables: readonly number[]): number {
  b.startVector(4, tables.length, 4);
  for (const offset of tables.toReversed()) b.addOffset(offset);
  return b.endVector();
}

/** Writes a table. Defaults are written too: an absent field would read as the schema's. */
function table(b: Builder, fields: Readonly<Record<number, Field | { readonly offset: number }>>): number {
  const written = Object.entries(fields).map(([number, field]) => {
    if (!("ints" in field)) return [Number(number), field] as const;
    b.startVector(4, field.ints.length, 4);
    for (const int of field.ints.toReversed()) b.addInt32(int);
    return [Number(number), { offset: b.endVector() }] as const;
  });
  b.startObject(Math.max(0, ...written.map(([number]) => number + 1)));
  b.forceDefaults(true);
  for (const [number, field] of written) {
    if ("offset" in field) b.addFieldOffset(number, field.offset, 0);
    else if ("int8" in field) b.addFieldInt8(number, field.int8, 0);
    else if ("int32" in field) b.addFieldInt32(number, field.int32, 0);
    else if ("float32" in field) b.addFieldFloat32(number, field.float32, 0);
    else b.addFieldInt8(number, field.bool ? 1 : 0, 0);
  }
  b.forceDefaults(false);
  return b.endObject();
}
