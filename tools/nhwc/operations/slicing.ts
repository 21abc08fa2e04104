/**
 * Operators that take parts of a tensor.
 *
 * @module
 */
import { nodeError } from "../errors.ts";
import { evaluateSlice } from "../evaluate.ts";
import type { Shape } from "../graph.ts";
import type { Scope, Term } from "../terms.ts";
import { termShape, value, wantAxis, wantTerm } from "../terms.ts";
import { reshape } from "./structure.ts";

/** Evenly spaced elements along every axis: the first index, how many, and the step. */
export function take(
  scope: Scope,
  input: Term | undefined,
  starts: readonly number[],
  sizes: Shape,
  steps: readonly number[],
): Term {
  const given = wantTerm(scope, input, "input");
  const dims = termShape(scope, given);
  for (const [axis, dim] of dims.entries()) {
    const last = starts[axis] + (sizes[axis] - 1) * steps[axis];
    const inside = (index: number) => Number.isInteger(index) && index >= 0 && index < dim;
    if (sizes[axis] !== 0 && !(inside(starts[axis]) && inside(last) && sizes[axis] > 0)) {
      throw nodeError("malformed", scope.where, `takes what axis ${axis} of [${dims.join(", ")}] lacks`);
    }
  }
  if (given.kind === "known") return evaluateSlice(scope, given, starts, sizes, steps);
  if (steps.some((step) => step < 1)) {
    throw nodeError("unsupported", scope.where, "a negative stride (a mirrored axis) is not supported");
  }
  const all = dims.every((dim, axis) => sizes[axis] === dim);
  if (all) return given;
  return value(scope.network.add({ op: "slice", input: given.name, starts, sizes, steps }, scope.where));
}

/** TensorFlow's Slice: `size` of -1 means "to the end". */
export function slice(
  scope: Scope,
  input: Term | undefined,
  begin: readonly number[],
  size: readonly number[],
): Term {
  const dims = termShape(scope, wantTerm(scope, input, "input"));
  if (begin.length !== dims.length || size.length !== dims.length) {
    throw nodeError("malformed", scope.where, `begin and size do not have ${dims.length} entries`);
  }
  const sizes = dims.map((dim, axis) => (size[axis] === -1 ? dim - begin[axis] : size[axis]));
  return take(scope, input, begin, sizes, new Array<number>(dims.length).fill(1));
}

/** The masks of TensorFlow's StridedSlice: bit i speaks of entry i of `begin`, `end` and `strides`. */
export interface SliceMasks {
  readonly begin: number;
  readonly end: number;
  readonly ellipsis: number;
  readonly newAxis: number;
  readonly shrinkAxis: number;
}

/** TensorFlow's StridedSlice (tensorflow/core/util/strided_slice_op.cc, `ValidateStridedSliceOp`). */
export function stridedSlice(
  scope: Scope,
  input: Term | undefined,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
  masks: SliceMasks,
): Term {
  const given = wantTerm(scope, input, "input");
  const dims = termShape(scope, given);
  const fail = (message: string): never => {
    throw nodeError("malformed", scope.where, message);
  };
  if (begin.length !== end.length || begin.length !== strides.length) {
    fail("begin, end and strides are of different lengths");
  }
  const starts: number[] = [];
  const sizes: number[] = [];
  const steps: number[] = [];
  const result: number[] = [];
  const bit = (mask: number, i: number) => ((mask >> i) & 1) === 1;
  const whole = () => {
    const dim = dims[starts.length] ?? fail("more entries than axes");
    starts.push(0);
    sizes.push(dim);
    steps.push(1);
    result.push(dim);
  };
  const named = begin.filter((_, i) => !bit(masks.ellipsis, i) && !bit(masks.newAxis, i)).length;
  for (const [i, step] of strides.entries()) {
    if (bit(masks.ellipsis, i)) {
      for (let n = dims.length - named; n > 0; n--) whole();
    } else if (bit(masks.newAxis, i)) {
      result.push(1);
    } else {
      const dim = dims[starts.length] ?? fail("more entries than axes");
      if (step === 0 || !Number.isInteger(step)) fail(`a stride of ${step}`);
      const shrink = bit(masks.shrinkAxis, i);
      const first = bound(begin[i], dim, step, bit(masks.begin, i) && !shrink, true);
      const last = shrink ? first + 1 : bound(end[i], dim, step, bit(masks.end, i), false);
      const size = Math.max(0, Math.ceil((last - first) / (shrink ? 1 : step)));
      starts.push(first);
      sizes.push(size);
      steps.push(shrink ? 1 : step);
      if (!shrink) result.push(size);
    }
  }
  while (starts.length < dims.length) whole();
  return reshape(scope, take(scope, given, starts, sizes, steps), result);
}

/** A bound as an index: absent (masked), counted from the end, or past an end. */
function bound(index: number, dim: number, step: number, masked: boolean, isBegin: boolean): number {
  const [low, high] = step > 0 ? [0, dim] : [-1, dim - 1];
  if (masked) return isBegin === step > 0 ? low : high;
  return Math.min(Math.max(index < 0 ? index + dim : index, low), high);
}

/** Equal parts along an axis, or parts of the given sizes (one of which may be -1: the rest). */
export function split(
  scope: Scope,
  input: Term | undefined,
  axis: number,
  parts: number | readonly number[],
): Term[] {
  const given = wantTerm(scope, input, "input");
  const dims = termShape(scope, given);
  const along = wantAxis(scope, axis, dims.length);
  const sizes = partSizes(dims[along], parts);
  if (!sizes || sizes.length > dims[along]) {
    throw nodeError(
      "malformed",
      scope.where,
      `axis ${axis} of [${dims.join(", ")}] does not fall into such parts`,
    );
  }
  let start = 0;
  return sizes.map((size) => {
    const starts = dims.map((_, i) => (i === along ? start : 0));
    start += size;
    return take(
      scope,
      given,
      starts,
      dims.map((dim, i) => (i === along ? size : dim)),
      dims.map(() => 1),
    );
  });
}

/** Every slice along an axis, the axis gone. */
export function unpack(scope: Scope, input: Term | undefined, axis: number): Term[] {
  const dims = termShape(scope, wantTerm(scope, input, "input"));
  const along = wantAxis(scope, axis, dims.length);
  const rest = dims.filter((_, i) => i !== along);
  return split(scope, input, along, dims[along]).map((part) => reshape(scope, part, rest));
}

function partSizes(dim: number, parts: number | readonly number[]): readonly number[] | undefined {
  if (typeof parts === "number") {
    if (!Number.isInteger(parts) || parts < 1 || parts > dim || dim % parts !== 0) return undefined;
    return new Array<number>(parts).fill(dim / parts);
  }
  const given = parts.filter((size) => size !== -1).reduce((sum, size) => sum + size, 0);
  const sizes = parts.map((size) => (size === -1 ? dim - given : size));
  const fits = sizes.every((size) => size >= 1) && sizes.reduce((sum, size) => sum + size, 0) === dim;
  return fits ? sizes : undefined;
}
