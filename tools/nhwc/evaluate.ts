/**
 * Evaluates operators whose inputs are known: the arithmetic of shapes that TensorFlow writes into its graphs, and of weights.
 *
 * @module
 */
import { nodeError } from "./errors.ts";
import type { BinaryFunction, Shape } from "./graph.ts";
import { elementCount } from "./graph.ts";
import { broadcast, sameShape } from "./shapes.ts";
import type { Known, Scope } from "./terms.ts";
import { known } from "./terms.ts";

/** Functions of two known numbers: those of nodes, and what only shapes need. */
export type KnownFunction = BinaryFunction | "floor_div" | "mod";

const FUNCTIONS: Readonly<Record<KnownFunction, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
  pow: (a, b) => a ** b,
  floor_div: (a, b) => Math.floor(a / b),
  mod: (a, b) => a - Math.floor(a / b) * b,
};

/** Element by element, broadcast. Two integers give an integer, truncated as in C. */
export function evaluateBinary(scope: Scope, fn: KnownFunction, a: Known, b: Known): Known {
  const dims = broadcast(a.dims, b.dims);
  if (!dims) {
    throw nodeError(
      "malformed",
      scope.where,
      `[${a.dims.join(", ")}] and [${b.dims.join(", ")}] do not fit together`,
    );
  }
  const integers = a.data instanceof Int32Array && b.data instanceof Int32Array;
  const result = allocate(scope, dims, integers);
  const [left, right] = [gatherIndices(a.dims, dims), gatherIndices(b.dims, dims)];
  const apply = FUNCTIONS[fn];
  for (let i = 0; i < result.length; i++) result[i] = apply(a.data[left(i)], b.data[right(i)]);
  return known(dims, result);
}

/** Element by element. */
export function evaluateUnary(scope: Scope, fn: (x: number) => number, input: Known): Known {
  const result = allocate(scope, input.dims, input.data instanceof Int32Array);
  for (let i = 0; i < result.length; i++) result[i] = fn(input.data[i]);
  return known(input.dims, result);
}

/** Converts between floats and integers (truncating). */
export function evaluateCast(scope: Scope, input: Known, to: "float" | "int"): Known {
  if (input.data instanceof Int32Array === (to === "int")) return input;
  const result = allocate(scope, input.dims, to === "int");
  result.set(input.data);
  return known(input.dims, result);
}

/** The same elements under other dimensions. */
export function evaluateReshape(scope: Scope, input: Known, shape: Shape): Known {
  if (elementCount(shape) !== input.data.length) {
    throw nodeError(
      "malformed",
      scope.where,
      `[${input.dims.join(", ")}] cannot become [${shape.join(", ")}]`,
    );
  }
  return known(shape, input.data);
}

/** Joins along an axis; dimensions were checked by the caller. */
export function evaluateConcat(scope: Scope, inputs: readonly Known[], axis: number, dims: Shape): Known {
  const result = allocate(
    scope,
    dims,
    inputs.every((input) => input.data instanceof Int32Array),
  );
  const outer = elementCount(dims.slice(0, axis));
  const row = elementCount(dims.slice(axis));
  let at = 0;
  for (const input of inputs) {
    const part = elementCount(input.dims.slice(axis));
    for (let i = 0; i < outer; i++) result.set(input.data.subarray(i * part, (i + 1) * part), i * row + at);
    at += part;
  }
  return known(dims, result);
}

/** Takes evenly spaced elements: `starts` and `steps` for each axis of the input, `dims` of the result. */
export function evaluateSlice(
  scope: Scope,
  input: Known,
  starts: readonly number[],
  dims: Shape,
  steps: readonly number[],
): Known {
  const result = allocate(scope, dims, input.data instanceof Int32Array);
  const strides = stridesOf(input.dims);
  for (let i = 0; i < result.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += (starts[axis] + (rest % dims[axis]) * steps[axis]) * strides[axis];
      rest = Math.floor(rest / dims[axis]);
    }
    result[i] = input.data[from];
  }
  return known(dims, result);
}

/** Reorders axes: output axis i is input axis `perm[i]`. */
export function evaluateTranspose(scope: Scope, input: Known, perm: readonly number[]): Known {
  const result = allocate(scope, input.dims, input.data instanceof Int32Array);
  permute(input.data, input.dims, perm, result);
  return known(
    perm.map((axis) => input.dims[axis]),
    result,
  );
}

/** Elements of `input` along its first axis. */
export function evaluateGather(scope: Scope, input: Known, indices: Known): Known {
  const [length = 0, ...inner] = input.dims;
  const row = elementCount(inner);
  const result = allocate(scope, [...indices.dims, ...inner], input.data instanceof Int32Array);
  for (const [i, index] of indices.data.entries()) {
    if (!(index >= 0 && index < length)) {
      throw nodeError("malformed", scope.where, `index ${index} of ${length} elements`);
    }
    result.set(input.data.subarray(index * row, (index + 1) * row), i * row);
  }
  return known([...indices.dims, ...inner], result);
}

/** One number, everywhere. */
export function evaluateFill(scope: Scope, dims: Shape, content: Known): Known {
  const result = allocate(scope, dims, content.data instanceof Int32Array);
  result.fill(content.data[0]);
  return known(dims, result);
}

/** Writes `data` with its axes reordered into `result`. */
export function permute(
  data: ArrayLike<number>,
  dims: Shape,
  perm: readonly number[],
  result: Float32Array | Int32Array,
): void {
  const strides = stridesOf(dims);
  const sizes = perm.map((axis) => dims[axis]);
  const steps = perm.map((axis) => strides[axis]);
  const index = new Array<number>(perm.length).fill(0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from];
    for (let axis = perm.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < sizes[axis]) break;
      from -= steps[axis] * sizes[axis];
      index[axis] = 0;
    }
  }
}

/** For an element of a broadcast result: where it comes from. */
function gatherIndices(dims: Shape, result: Shape): (i: number) => number {
  if (sameShape(dims, result)) return (i) => i;
  if (elementCount(dims) === 1) return () => 0;
  const padded = [...new Array<number>(result.length - dims.length).fill(1), ...dims];
  const strides = stridesOf(padded).map((stride, axis) => (padded[axis] === 1 ? 0 : stride));
  return (i) => {
    let from = 0;
    let rest = i;
    for (let axis = result.length - 1; axis >= 0; axis--) {
      from += (rest % result[axis]) * strides[axis];
      rest = Math.floor(rest / result[axis]);
    }
    return from;
  };
}

function stridesOf(dims: Shape): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * dims[axis + 1];
  return strides;
}

/** Counts the memory first, so that a file cannot ask for more than the import's limit. */
function allocate(scope: Scope, dims: Shape, integers: boolean): Float32Array | Int32Array {
  const count = elementCount(dims);
  if (!Number.isSafeInteger(count) || count < 0) {
    throw nodeError("malformed", scope.where, `impossible dimensions [${dims.join(", ")}]`);
  }
  scope.network.spend(count * Float32Array.BYTES_PER_ELEMENT);
  return integers ? new Int32Array(count) : new Float32Array(count);
}
