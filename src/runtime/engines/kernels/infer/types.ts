/**
 * What shape inference knows about a value, and what a rule of one operator looks like.
 *
 * @module
 */
import type { ElementType, GraphNode } from "../../../onnx/types.ts";
import { unsupported } from "../unsupported.ts";

/** A value of the graph for one size of the inputs. */
export interface Inferred {
  readonly type: ElementType;
  readonly dims: readonly number[];
  /**
   * The contents, row-major, where they are known before the run: small inline constants, and what is computed from shapes. Weights
   * have none.
   */
  readonly values?: readonly number[];
}

/** A node with what is known about its inputs; an absent optional input is `undefined`. */
export interface InferContext {
  readonly node: GraphNode;
  readonly inputs: readonly (Inferred | undefined)[];
  /** Version of ONNX's operator set. */
  readonly opset: number;
}

/** Infers a node's outputs. @throws {EngineError} `unsupported_graph` where shapes do not fit. */
export type InferRule = (context: InferContext) => readonly Inferred[];

/** The i-th input, which must be there. */
export function inputOf({ node, inputs }: InferContext, index: number): Inferred {
  return inputs[index] ?? unsupported(node, `input ${index} is missing`);
}

/** The contents of the i-th input, which must be known before the run. */
export function valuesOf(context: InferContext, index: number): readonly number[] {
  const { values } = inputOf(context, index);
  return values ?? unsupported(context.node, `input ${index} must be a constant or computed from shapes`);
}

/** The contents of an optional input: `undefined` when it is absent. */
export function optionalValues(context: InferContext, index: number): readonly number[] | undefined {
  const input = context.inputs[index];
  return input && input.dims.join() !== "0" ? valuesOf(context, index) : undefined;
}

/** An axis counted from the end made one from the start. */
export function normalizeAxis(node: GraphNode, axis: number, rank: number): number {
  const normalized = axis < 0 ? axis + rank : axis;
  if (normalized < 0 || normalized >= Math.max(rank, 1)) unsupported(node, `axis ${axis} of rank ${rank}`);
  return normalized;
}

/** Dims as messages show them. */
export function showDims(dims: readonly number[]): string {
  return `[${dims.join(", ")}]`;
}

/** An image-like input `[N, C, H, W]`. */
export function imageInput(context: InferContext, index: number): readonly [number, number, number, number] {
  const { dims } = inputOf(context, index);
  if (dims.length !== 4) {
    unsupported(context.node, `input ${index} is ${showDims(dims)}, only [N, C, H, W] is supported`);
  }
  return dims as unknown as readonly [number, number, number, number];
}
