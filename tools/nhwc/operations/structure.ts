/**
 * Operators that move elements without changing them.
 *
 * @module
 */
import { nodeError } from "../errors.ts";
import {
  evaluateConcat,
  evaluateFill,
  evaluateGather,
  evaluateReshape,
  evaluateTranspose,
} from "../evaluate.ts";
import type { PadNode, Pads, Pair, ResizeNode, Shape } from "../graph.ts";
import { elementCount } from "../graph.ts";
import { sameShape } from "../shapes.ts";
import type { Known, Scope, Term } from "../terms.ts";
import { known, operand, termShape, value, wantAxis, wantTerm, wantValue } from "../terms.ts";

/** The same elements under other dimensions, one of which may be -1: what remains. */
export function reshape(scope: Scope, input: Term | undefined, wanted: readonly number[]): Term {
  const given = wantTerm(scope, input, "input");
  const dims = termShape(scope, given);
  const known = wanted.filter((dim) => dim !== -1);
  const shape = wanted.map((dim) => (dim === -1 ? elementCount(dims) / elementCount(known) : dim));
  if (wanted.length - known.length > 1 || shape.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) {
    throw nodeError("malformed", scope.where, `[${dims.join(", ")}] cannot become [${wanted.join(", ")}]`);
  }
  if (sameShape(dims, shape)) return given;
  if (given.kind === "known") return evaluateReshape(scope, given, shape);
  return value(scope.network.add({ op: "reshape", input: given.name, shape }, scope.where));
}

/** Takes out axes of one element: those named, or all. */
export function squeeze(scope: Scope, input: Term | undefined, axes: readonly number[]): Term {
  const dims = termShape(scope, wantTerm(scope, input, "input"));
  const named = axes.map((axis) => wantAxis(scope, axis, dims.length));
  const gone = (axis: number) => (named.length > 0 ? named.includes(axis) : dims[axis] === 1);
  return reshape(
    scope,
    input,
    dims.filter((_, axis) => !gone(axis)),
  );
}

/** Puts in an axis of one element. */
export function expandDims(scope: Scope, input: Term | undefined, axis: number): Term {
  const dims = termShape(scope, wantTerm(scope, input, "input"));
  return reshape(scope, input, dims.toSpliced(wantAxis(scope, axis, dims.length + 1), 0, 1));
}

/** Reorders axes. */
export function transpose(scope: Scope, input: Term | undefined, perm: readonly number[]): Term {
  const given = wantTerm(scope, input, "input");
  const rank = termShape(scope, given).length;
  if (perm.length !== rank || new Set(perm.map((axis) => wantAxis(scope, axis, rank))).size !== rank) {
    throw nodeError("malformed", scope.where, `[${perm.join(", ")}] is not an order of ${rank} axes`);
  }
  const order = perm.map((axis) => wantAxis(scope, axis, rank));
  if (given.kind === "known") return evaluateTranspose(scope, given, order);
  return value(scope.network.add({ op: "transpose", input: given.name, perm: order }, scope.where));
}

/** Joins along an axis. */
export function concat(scope: Scope, inputs: readonly Term[], axis: number): Term {
  const first = wantTerm(scope, inputs[0], "input");
  const dims = termShape(scope, first);
  const along = wantAxis(scope, axis, dims.length);
  const constants = inputs.filter((input) => input.kind === "known");
  if (constants.length < inputs.length) {
    if (inputs.length === 1) return first;
    return value(scope.network.add({ op: "concat", inputs: inputs.map(operand), axis: along }, scope.where));
  }
  const others = (shape: Shape) => shape.filter((_, i) => i !== along);
  for (const { dims: other } of constants) {
    if (other.length !== dims.length || !sameShape(others(other), others(dims))) {
      throw nodeError(
        "malformed",
        scope.where,
        `[${dims.join(", ")}] and [${other.join(", ")}] cannot be joined`,
      );
    }
  }
  const total = constants.reduce((sum, input) => sum + input.dims[along], 0);
  return evaluateConcat(
    scope,
    constants,
    along,
    dims.map((dim, i) => (i === along ? total : dim)),
  );
}

/** Joins along a new axis. */
export function pack(scope: Scope, inputs: readonly Term[], axis: number): Term {
  return concat(
    scope,
    inputs.map((input) => expandDims(scope, input, axis)),
    axis,
  );
}

/** Adds elements at the ends of axes. */
export function pad(
  scope: Scope,
  input: Term | undefined,
  pads: readonly Pair[],
  mode: PadNode["mode"],
  content = 0,
): Term {
  const name = wantValue(scope, input, "input");
  if (pads.flat().every((size) => size === 0)) return value(name);
  return value(scope.network.add({ op: "pad", input: name, pads, mode, value: content }, scope.where));
}

/** A list of numbers two by two: what TensorFlow's `[n, 2]` tensors of paddings and crops hold. */
export function pairs(scope: Scope, numbers: readonly number[]): Pair[] {
  if (numbers.length % 2 !== 0) throw nodeError("malformed", scope.where, "an odd number of paddings");
  return Array.from({ length: numbers.length / 2 }, (_, i): Pair => [numbers[2 * i], numbers[2 * i + 1]]);
}

/** Resizes a picture. */
export function resize(
  scope: Scope,
  input: Term | undefined,
  mode: ResizeNode["mode"],
  size: readonly number[],
  corners: { readonly alignCorners: boolean; readonly halfPixelCenters: boolean },
): Term {
  const name = wantValue(scope, input, "input");
  const [, height, width] = scope.network.shape(name);
  const [toHeight, toWidth] = size;
  if (size.length !== 2) throw nodeError("malformed", scope.where, `a size of ${size.length} numbers`);
  if (toHeight === height && toWidth === width) return value(name);
  const coordinates = corners.alignCorners
    ? "align_corners"
    : corners.halfPixelCenters
      ? "half_pixel"
      : "asymmetric";
  const node = { op: "resize", input: name, mode, coordinates, size: [toHeight, toWidth] } as const;
  return value(scope.network.add(node, scope.where));
}

/** Blocks of channels to pixels, or back. */
export function depthSpace(
  scope: Scope,
  op: "depth_to_space" | "space_to_depth",
  input: Term | undefined,
  block: number,
): Term {
  return value(scope.network.add({ op, input: wantValue(scope, input, "input"), block }, scope.where));
}

/** Pixels to batches, or back: half of a dilated convolution. */
export function spaceBatch(
  scope: Scope,
  op: "space_to_batch" | "batch_to_space",
  input: Term | undefined,
  block: readonly number[],
  pads: readonly number[],
): Term {
  if (block.length !== 2 || pads.length !== 4) {
    throw nodeError("unsupported", scope.where, "only blocks of rows and columns are supported");
  }
  const [top, bottom, left, right] = pads;
  const edges: Pads = [top, left, bottom, right];
  const node = {
    op,
    input: wantValue(scope, input, "input"),
    block: [block[0], block[1]],
    pads: edges,
  } as const;
  return value(scope.network.add(node, scope.where));
}

/** The dimensions of a tensor, as a tensor. */
export function shapeTensor(scope: Scope, input: Term | undefined): Known {
  const dims = termShape(scope, wantTerm(scope, input, "input"));
  return known([dims.length], Int32Array.from(dims));
}

/** Elements along the first axis, by known indices. */
export function gather(scope: Scope, input: Term | undefined, indices: Known): Term {
  const given = wantTerm(scope, input, "input");
  if (given.kind === "known") return evaluateGather(scope, given, indices);
  throw nodeError("unsupported", scope.where, "only constants can be gathered from");
}

/** A tensor of one number. */
export function fill(scope: Scope, dims: readonly number[], content: Known): Known {
  return evaluateFill(scope, dims, content);
}
