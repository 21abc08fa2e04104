/**
 * A light, typed view of an ONNX graph: what the kernels engine compiles, and what the tools write.
 *
 * @module
 */
import type { ValueInfo } from "../engines/engine.ts";

/** Element types that networks of this project use, by ONNX's `TensorProto.DataType` number. */
export const ELEMENT_TYPES = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
} as const;

/** An element type's name. */
export type ElementType = (typeof ELEMENT_TYPES)[keyof typeof ELEMENT_TYPES];

/** Bytes an element takes in raw and external data. */
export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
  uint32: 4,
  uint64: 8,
};

/** Where an initializer's bytes are: in the graph file, or in the data file beside it. */
export type InitializerData =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | {
      readonly kind: "external";
      readonly location: string;
      readonly offset: number;
      readonly length: number;
    };

/** A constant tensor: row-major, little-endian. */
export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: InitializerData;
}

/** An attribute's value. Integers are JavaScript numbers (64-bit ones saturate at ±2⁵³ − 1). */
export type AttributeValue = number | string | readonly number[] | readonly string[] | Initializer;

/** One operation. An absent optional input or output is the empty string. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

/** A graph's input or output with its element type. */
export interface GraphValue extends ValueInfo {
  readonly type: ElementType;
}

/** A graph, its nodes in topological order. `Constant` nodes have become initializers. */
export interface Graph {
  readonly name: string;
  /** Version of ONNX's own operator set. */
  readonly opset: number;
  readonly nodes: readonly GraphNode[];
  /** By name, in the order of the file (which is the order of the data file). */
  readonly initializers: ReadonlyMap<string, Initializer>;
  /** Without those that are initializers too (their defaults). */
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file that is not ONNX, or uses what is not supported here; the message names the part. */
export class OnnxError extends Error {
  override readonly name = "OnnxError";
}
