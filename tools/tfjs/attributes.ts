/**
 * Reads a node's attributes: protobuf's JSON of TensorFlow's AttrValue, in the variations that converters write.
 *
 * @module
 */
import { z } from "zod";
import { nodeError } from "../nhwc/errors.ts";
import type { Pair } from "../nhwc/graph.ts";
import type { TfNode } from "./model.ts";

/** Attributes of a node, by name. A getter without a default throws when the attribute is absent. */
export interface Attributes {
  int(name: string, fallback?: number): number;
  float(name: string, fallback?: number): number;
  bool(name: string, fallback?: boolean): boolean;
  text(name: string, fallback?: string): string;
  ints(name: string, fallback?: readonly number[]): readonly number[];
  texts(name: string, fallback?: readonly string[]): readonly string[];
  /** Dimensions, -1 where open; undefined when absent or of unknown rank. */
  shape(name: string): readonly number[] | undefined;
  /** An element type, as `DT_FLOAT`. */
  type(name: string, fallback?: string): string;
}

// 64-bit integers are strings in protobuf's JSON, and numbers in some converters'.
const integer = z.union([z.int(), z.string().regex(/^-?\d{1,15}$/)]).transform(Number);
// `f` is of single precision in AttrValue, and must be in ONNX.
const float = z
  .union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])])
  .transform((value) => Math.fround(Number(value)));
// Bytes are base64 in protobuf's JSON, and lists of character codes in some converters'.
const text = z
  .union([
    z.base64().transform((s) => atob(s)),
    z.array(z.int()).transform((codes) => String.fromCharCode(...codes)),
  ])
  .pipe(z.string().max(4096));

const dimensions = z.object({
  dim: z
    .array(z.object({ size: integer.default(-1) }))
    .max(64)
    .default([]),
  unknownRank: z.boolean().default(false),
});

const SCHEMAS = {
  int: z.object({ i: integer.default(0) }),
  float: z.object({ f: float.default(0) }),
  bool: z.object({ b: z.boolean().default(false) }),
  text: z.object({ s: text.default("") }),
  ints: z.object({ list: z.object({ i: z.array(integer).max(64).default([]) }) }),
  texts: z.object({ list: z.object({ s: z.array(text).max(64).default([]) }) }),
  shape: z.object({ shape: dimensions }),
  type: z.object({ type: z.union([z.string(), z.int()]).transform(String) }),
} as const;

/** Element types by their number in TensorFlow's types.proto, of which converters write either number or name. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  1: "DT_FLOAT",
  3: "DT_INT32",
  9: "DT_INT64",
  10: "DT_BOOL",
  19: "DT_HALF",
};

/** Gives access to a node's attributes. */
export function attributesOf(node: TfNode): Attributes {
  const where = { operator: node.op, node: node.name };
  const read = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    if (!Object.hasOwn(node.attr, name)) return undefined;
    const parsed = schema.safeParse(node.attr[name]);
    if (parsed.success) return parsed.data;
    throw nodeError(
      "malformed",
      where,
      `its attribute ${name} is ${parsed.error.issues[0]?.message ?? "broken"}`,
    );
  };
  const or = <T>(name: string, found: T | undefined, fallback: T | undefined): T => {
    const result = found ?? fallback;
    if (result !== undefined) return result;
    throw nodeError("malformed", where, `its attribute ${name} is missing`);
  };
  return {
    int: (name, fallback) => or(name, read(name, SCHEMAS.int)?.i, fallback),
    float: (name, fallback) => or(name, read(name, SCHEMAS.float)?.f, fallback),
    bool: (name, fallback) => or(name, read(name, SCHEMAS.bool)?.b, fallback),
    text: (name, fallback) => or(name, read(name, SCHEMAS.text)?.s, fallback),
    ints: (name, fallback) => or(name, read(name, SCHEMAS.ints)?.list.i, fallback),
    texts: (name, fallback) => or(name, read(name, SCHEMAS.texts)?.list.s, fallback),
    shape: (name) => {
      const found = read(name, SCHEMAS.shape)?.shape;
      return found && !found.unknownRank ? found.dim.map(({ size }) => size) : undefined;
    },
    type: (name, fallback) => {
      const found = read(name, SCHEMAS.type)?.type;
      return or(name, found === undefined ? undefined : (TYPE_NAMES[found] ?? found), fallback);
    },
  };
}

/** Rows and columns of a list over `[N, H, W, C]`, the others being one. */
export function rowsAndColumns(node: TfNode, name: string, list: readonly number[]): Pair {
  const [batch, rows, columns, channels] = list;
  if (list.length === 4 && batch === 1 && channels === 1) return [rows, columns];
  throw nodeError(
    "unsupported",
    { operator: node.op, node: node.name },
    `its ${name} [${list.join(", ")}] are not of rows and columns`,
  );
}
