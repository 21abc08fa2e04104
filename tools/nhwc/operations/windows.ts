/**
 * Operators that slide a window over a picture, and the fully connected layer.
 *
 * @module
 */
import { nodeError } from "../errors.ts";
import { permute } from "../evaluate.ts";
import type { Constant, Pads, Pair, PoolNode } from "../graph.ts";
import { elementCount } from "../graph.ts";
import type { PaddingScheme, Window } from "../padding.ts";
import { explicitPads, transposedPadding } from "../padding.ts";
import type { Scope, Term } from "../terms.ts";
import { value, wantValue } from "../terms.ts";

/** How a convolution is written in the sources. */
export interface ConvSpec {
  readonly input: Term | undefined;
  /** `[O, I / groups, h, w]` */
  readonly weights: Constant;
  readonly bias: Constant | undefined;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly padding: PaddingScheme | Pads;
  readonly groups: number;
}

/** A convolution. */
export function conv(scope: Scope, spec: ConvSpec): Term {
  const input = wantValue(scope, spec.input, "input");
  const [, , kh = 0, kw = 0] = spec.weights.dims;
  const node = {
    op: "conv",
    input,
    weights: spec.weights,
    bias: spec.bias?.data,
    strides: spec.strides,
    dilations: spec.dilations,
    pads: padsOf(scope, input, spec.padding, {
      kernel: [kh, kw],
      strides: spec.strides,
      dilations: spec.dilations,
    }),
    groups: spec.groups,
  } as const;
  return value(scope.network.add(node, scope.where));
}

/** How a transposed convolution is written in the sources. */
export interface ConvTransposeSpec {
  readonly input: Term | undefined;
  /** `[I, O, h, w]` */
  readonly weights: Constant;
  readonly bias: Constant | undefined;
  readonly strides: Pair;
  readonly padding: PaddingScheme;
  /** Height and width of the output. */
  readonly size: Pair;
}

/** A transposed convolution. */
export function convTranspose(scope: Scope, spec: ConvTransposeSpec): Term {
  const input = wantValue(scope, spec.input, "input");
  const [, height = 0, width = 0] = scope.network.shape(input);
  const [, , kh = 0, kw = 0] = spec.weights.dims;
  const padding = transposedPadding(spec.padding, [height, width], spec.size, [kh, kw], spec.strides);
  if (!padding) {
    throw nodeError(
      "malformed",
      scope.where,
      `no ${spec.padding} convolution of ${kh} by ${kw} leads from ${spec.size.join(" by ")} to ${height} by ${width} pixels`,
    );
  }
  const node = {
    op: "conv_transpose",
    input,
    weights: spec.weights,
    bias: spec.bias?.data,
    strides: spec.strides,
    ...padding,
  } as const;
  return value(scope.network.add(node, scope.where));
}

/** A fully connected layer; more than two dimensions are flattened to rows of the weights' width, as TensorFlow Lite does. */
export function dense(
  scope: Scope,
  input: Term | undefined,
  weights: Constant,
  bias: Constant | undefined,
): Term {
  let name = wantValue(scope, input, "input");
  const [, width = 0] = weights.dims;
  const shape = scope.network.shape(name);
  if (shape.length !== 2) {
    const rows = elementCount(shape) / width;
    const flat = { op: "reshape", input: name, shape: [rows, width] } as const;
    name = scope.network.add(flat, { ...scope.where, node: `${scope.where.node}/flat` });
  }
  return value(scope.network.add({ op: "dense", input: name, weights, bias: bias?.data }, scope.where));
}

/** How pooling is written in the sources. */
export interface PoolSpec {
  readonly input: Term | undefined;
  readonly fn: PoolNode["fn"];
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly padding: PaddingScheme | Pads;
}

/** Maximum or average of windows; one window over the whole picture is a mean or maximum over its axes. */
export function pool(scope: Scope, spec: PoolSpec): Term {
  const input = wantValue(scope, spec.input, "input");
  const { kernel, strides, fn } = spec;
  const pads = padsOf(scope, input, spec.padding, { kernel, strides, dilations: [1, 1] });
  const [, height, width] = scope.network.shape(input);
  const whole = kernel[0] === height && kernel[1] === width && pads.every((pad) => pad === 0);
  const node = whole
    ? ({ op: "reduce", fn: fn === "max" ? "max" : "mean", input, axes: [1, 2], keepDims: true } as const)
    : ({ op: "pool", fn, input, kernel, strides, pads } as const);
  return value(scope.network.add(node, scope.where));
}

/** A constant with its axes reordered. */
export function reorder(scope: Scope, constant: Constant, perm: readonly number[]): Constant {
  if (constant.dims.length !== perm.length) {
    throw nodeError(
      "malformed",
      scope.where,
      `weights [${constant.dims.join(", ")}] instead of ${perm.length} dimensions`,
    );
  }
  scope.network.spend(constant.data.byteLength);
  const data = new Float32Array(constant.data.length);
  permute(constant.data, constant.dims, perm, data);
  return { dims: perm.map((axis) => constant.dims[axis]), data };
}

/** The same constant under other dimensions of as many elements. */
export function reshaped(constant: Constant, dims: readonly number[]): Constant {
  return { dims, data: constant.data };
}

function padsOf(scope: Scope, input: string, padding: PaddingScheme | Pads, window: Window): Pads {
  if (typeof padding !== "string") return padding;
  const shape = scope.network.shape(input);
  const [, height, width] = shape;
  if (shape.length !== 4) {
    throw nodeError("malformed", scope.where, `wants a picture [N, H, W, C], not [${shape.join(", ")}]`);
  }
  return explicitPads(padding, height, width, window);
}
