/**
 * Operators of one and two elements, and reductions.
 *
 * @module
 */
import { nodeError } from "../errors.ts";
import { evaluateBinary, evaluateUnary, type KnownFunction } from "../evaluate.ts";
import type { BinaryFunction, ReduceNode, UnaryFunction } from "../graph.ts";
import type { Known, Scope, Term } from "../terms.ts";
import { known, operand, termShape, value, wantAxis, wantFloats, wantTerm, wantValue } from "../terms.ts";

/** `fn(a, b)`, broadcast. */
export function binary(scope: Scope, fn: KnownFunction, a: Term | undefined, b: Term | undefined): Term {
  const left = wantTerm(scope, a, "first operand");
  const right = wantTerm(scope, b, "second operand");
  if (left.kind === "known" && right.kind === "known") return evaluateBinary(scope, fn, left, right);
  if (fn === "floor_div" || fn === "mod") {
    throw nodeError("unsupported", scope.where, "only constants can be divided as integers");
  }
  return value(
    scope.network.add(
      { op: "binary", fn: fn satisfies BinaryFunction, a: operand(left), b: operand(right) },
      scope.where,
    ),
  );
}

/** The sum of all inputs. */
export function addAll(scope: Scope, inputs: readonly Term[]): Term {
  const [first, ...rest] = inputs;
  return rest.reduce<Term>((sum, next) => binary(scope, "add", sum, next), wantTerm(scope, first, "input"));
}

/** `(a - b)²` */
export function squaredDifference(scope: Scope, a: Term | undefined, b: Term | undefined): Term {
  const difference = binary(scope, "sub", a, b);
  return binary(scope, "mul", difference, difference);
}

/** `fn(x)` */
export function unary(scope: Scope, fn: UnaryFunction, input: Term | undefined): Term {
  const given = wantTerm(scope, input, "input");
  if (given.kind === "known") return evaluateUnary(scope, (x) => applyUnary(fn, x), floats(given));
  return value(scope.network.add({ op: "unary", input: given.name, fn }, scope.where));
}

/** `1 / sqrt(x)` */
export function reciprocalSquareRoot(scope: Scope, input: Term | undefined): Term {
  return unary(scope, { kind: "reciprocal" }, unary(scope, { kind: "sqrt" }, input));
}

/** `x < 0 ? slope * x : x` */
export function prelu(scope: Scope, input: Term | undefined, slope: Term | undefined): Term {
  const spec = {
    op: "prelu",
    input: wantValue(scope, input, "input"),
    slope: wantFloats(scope, slope, "slope"),
  } as const;
  return value(scope.network.add(spec, scope.where));
}

/** Joins the elements along axes (which may count from the end). */
export function reduce(
  scope: Scope,
  fn: ReduceNode["fn"],
  input: Term | undefined,
  axes: readonly number[],
  keepDims: boolean,
): Term {
  const name = wantValue(scope, input, "input");
  const rank = scope.network.shape(name).length;
  const ascending = [...new Set(axes.map((axis) => wantAxis(scope, axis, rank)))].sort((a, b) => a - b);
  const spec = { op: "reduce", fn, input: name, axes: ascending, keepDims } as const;
  return value(scope.network.add(spec, scope.where));
}

/** The product of all elements of a known tensor: how graphs count elements. */
export function product(input: Known): Known {
  const total = Float64Array.from(input.data).reduce((count, dim) => count * dim, 1);
  return known([], input.data instanceof Int32Array ? Int32Array.of(total) : Float32Array.of(total));
}

/** Softmax over the last axis. */
export function softmax(scope: Scope, input: Term | undefined): Term {
  const name = wantValue(scope, input, "input");
  const axis = termShape(scope, value(name)).length - 1;
  return value(scope.network.add({ op: "softmax", input: name, axis }, scope.where));
}

/** The value of a function at a number. */
export function applyUnary(fn: UnaryFunction, x: number): number {
  switch (fn.kind) {
    case "relu":
      return Math.max(x, 0);
    case "clip":
      return Math.min(Math.max(x, fn.min), fn.max);
    case "sigmoid":
      return 1 / (1 + Math.exp(-x));
    case "hard_sigmoid":
      return Math.min(Math.max(x / 6 + 0.5, 0), 1);
    case "hard_swish":
      return x * Math.min(Math.max(x / 6 + 0.5, 0), 1);
    case "tanh":
      return Math.tanh(x);
    case "softplus":
      return Math.log1p(Math.exp(x));
    case "exp":
      return Math.exp(x);
    case "log":
      return Math.log(x);
    case "sqrt":
      return Math.sqrt(x);
    case "abs":
      return Math.abs(x);
    case "neg":
      return -x;
    case "reciprocal":
      return 1 / x;
    case "elu":
      return x < 0 ? fn.alpha * Math.expm1(x) : x;
    case "leaky_relu":
      return x < 0 ? fn.alpha * x : x;
  }
}

function floats(input: Known): Known {
  return input.data instanceof Float32Array ? input : known(input.dims, Float32Array.from(input.data));
}
