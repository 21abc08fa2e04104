/**
 * Shapes and values of operators that move or describe data: reshape, transpose, concatenate, slice, …
 *
 * @module
 */
import { numberAttribute, numbersAttribute } from "../../../onnx/read.ts";
import { elementType } from "../../../onnx/tensor.ts";
import { unsupported } from "../unsupported.ts";
import { broadcastDims } from "./elementwise.ts";
import type { InferContext, InferRule, Inferred } from "./types.ts";
import { inputOf, normalizeAxis, optionalValues, showDims, valuesOf } from "./types.ts";

const count = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);

/** The same elements in other dims. */
function recast(input: Inferred, dims: readonly number[]): Inferred {
  return input.values ? { type: input.type, dims, values: input.values } : { type: input.type, dims };
}

function inferShape(context: InferContext) {
  const { dims } = inputOf(context, 0);
  const start = numberAttribute(context.node, "start", 0);
  const end = numberAttribute(context.node, "end", dims.length);
  const values = dims.slice(start, end);
  return [{ type: "int64" as const, dims: [values.length], values }];
}

function inferReshape(context: InferContext) {
  const { node } = context;
  const input = inputOf(context, 0);
  const keepZero = numberAttribute(node, "allowzero", 0) !== 0;
  const dims = valuesOf(context, 1).map((dim, i) => (dim === 0 && !keepZero ? (input.dims[i] ?? 0) : dim));
  const known = count(dims.filter((dim) => dim !== -1));
  const total = count(input.dims);
  const resolved = dims.map((dim) => (dim === -1 ? total / known : dim));
  if (count(resolved) !== total || !resolved.every(Number.isInteger)) {
    unsupported(node, `${showDims(input.dims)} cannot become ${showDims(dims)}`);
  }
  return [recast(input, resolved)];
}

function inferFlatten(context: InferContext) {
  const input = inputOf(context, 0);
  const at = numberAttribute(context.node, "axis", 1);
  const axis = at < 0 ? at + input.dims.length : at;
  return [recast(input, [count(input.dims.slice(0, axis)), count(input.dims.slice(axis))])];
}

function inferTranspose(context: InferContext) {
  const { type, dims } = inputOf(context, 0);
  const perm = numbersAttribute(context.node, "perm", dims.map((_, i) => i).reverse());
  return [{ type, dims: perm.map((axis) => dims[axis] ?? 0) }];
}

function inferSqueeze(context: InferContext) {
  const input = inputOf(context, 0);
  const given = optionalValues(context, 1) ?? numbersAttribute(context.node, "axes", []);
  const axes = given.map((axis) => normalizeAxis(context.node, axis, input.dims.length));
  const gone = (dim: number, i: number) => (given.length > 0 ? axes.includes(i) : dim === 1);
  return [
    recast(
      input,
      input.dims.filter((dim, i) => !gone(dim, i)),
    ),
  ];
}

function inferUnsqueeze(context: InferContext) {
  const input = inputOf(context, 0);
  const given = optionalValues(context, 1) ?? numbersAttribute(context.node, "axes", []);
  const rank = input.dims.length + given.length;
  const axes = given.map((axis) => normalizeAxis(context.node, axis, rank));
  const rest = [...input.dims];
  const dims = Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : (rest.shift() ?? 1)));
  return [recast(input, dims)];
}

function inferConcat(context: InferContext) {
  const { node } = context;
  const inputs = node.inputs.map((_, i) => inputOf(context, i));
  const first = inputOf(context, 0);
  const axis = normalizeAxis(node, numberAttribute(node, "axis", 0), first.dims.length);
  for (const { dims } of inputs) {
    const fits =
      dims.length === first.dims.length && dims.every((dim, i) => i === axis || dim === first.dims[i]);
    if (!fits) unsupported(node, `${showDims(dims)} beside ${showDims(first.dims)} along axis ${axis}`);
  }
  const size = inputs.reduce((sum, { dims }) => sum + (dims[axis] ?? 0), 0);
  const dims = first.dims.map((dim, i) => (i === axis ? size : dim));
  if (dims.length === 1 && inputs.every(({ values }) => values)) {
    return [{ type: first.type, dims, values: inputs.flatMap(({ values }) => values ?? []) }];
  }
  return [{ type: first.type, dims }];
}

/** One axis of a slice, resolved: `size` elements from `start`, `step` apart. */
export interface SliceAxis {
  readonly start: number;
  readonly step: number;
  readonly size: number;
}

/** A slice of every axis of its input. */
export function resolveSlice(context: InferContext): SliceAxis[] {
  const { node, inputs } = context;
  const { dims } = inputOf(context, 0);
  const starts = inputs[1] ? valuesOf(context, 1) : numbersAttribute(node, "starts", []);
  const ends = inputs[2] ? valuesOf(context, 2) : numbersAttribute(node, "ends", []);
  const axes = (
    inputs[3]
      ? valuesOf(context, 3)
      : numbersAttribute(
          node,
          "axes",
          starts.map((_, i) => i),
        )
  ).map((axis) => normalizeAxis(node, axis, dims.length));
  const steps = inputs[4] ? valuesOf(context, 4) : starts.map(() => 1);
  return dims.map((dim, axis) => {
    const i = axes.indexOf(axis);
    if (i < 0) return { start: 0, step: 1, size: dim };
    const step = steps[i] ?? 1;
    if (step < 1) unsupported(node, `step ${step}: only positive steps are supported`);
    const clamp = (at: number) => Math.max(0, Math.min(dim, at < 0 ? at + dim : at));
    const start = clamp(starts[i] ?? 0);
    return { start, step, size: Math.max(0, Math.ceil((clamp(ends[i] ?? dim) - start) / step)) };
  });
}

function inferSlice(context: InferContext) {
  const { type, values } = inputOf(context, 0);
  const axes = resolveSlice(context);
  const dims = axes.map(({ size }) => size);
  const [axis] = axes;
  if (!values || axes.length !== 1 || !axis) return [{ type, dims }];
  const picked = Array.from({ length: axis.size }, (_, i) => values[axis.start + i * axis.step] ?? 0);
  return [{ type, dims, values: picked }];
}

/** Sizes of the parts of a Split along its axis. */
export function splitSizes(context: InferContext): { axis: number; sizes: readonly number[] } {
  const { node } = context;
  const { dims } = inputOf(context, 0);
  const axis = normalizeAxis(node, numberAttribute(node, "axis", 0), dims.length);
  const size = dims[axis] ?? 0;
  const parts = node.outputs.length;
  const given = optionalValues(context, 1) ?? numbersAttribute(node, "split", []);
  const even = Math.ceil(size / parts);
  const sizes =
    given.length > 0
      ? given
      : Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(even, size - i * even)));
  return { axis, sizes };
}

function inferSplit(context: InferContext) {
  const input = inputOf(context, 0);
  const { axis, sizes } = splitSizes(context);
  return sizes.map((size) => ({
    type: input.type,
    dims: input.dims.map((dim, i) => (i === axis ? size : dim)),
  }));
}

function inferGather(context: InferContext) {
  const { node } = context;
  const input = inputOf(context, 0);
  const index = inputOf(context, 1);
  const axis = normalizeAxis(node, numberAttribute(node, "axis", 0), input.dims.length);
  if (!input.values || !index.values || input.dims.length !== 1) {
    unsupported(node, "only picking from shapes is supported");
  }
  const values = input.values;
  const picked = index.values.map((at) => values[at < 0 ? at + values.length : at] ?? 0);
  const dims = [...input.dims.slice(0, axis), ...index.dims, ...input.dims.slice(axis + 1)];
  return [{ type: input.type, dims, values: picked }];
}

function inferExpand(context: InferContext) {
  const { type, dims } = inputOf(context, 0);
  return [{ type, dims: broadcastDims(context.node, dims, valuesOf(context, 1)) }];
}

/** Padding of every axis: begin and end. */
export function resolvePadding(context: InferContext): { begin: readonly number[]; end: readonly number[] } {
  const { node } = context;
  const { dims } = inputOf(context, 0);
  const pads = context.inputs[1] ? valuesOf(context, 1) : numbersAttribute(node, "pads", []);
  const axes = optionalValues(context, 3)?.map((axis) => normalizeAxis(node, axis, dims.length));
  const half = pads.length / 2;
  const side = (offset: number) =>
    dims.map((_, axis) => {
      const i = axes ? axes.indexOf(axis) : axis;
      return i < 0 ? 0 : (pads[offset + i] ?? 0);
    });
  return { begin: side(0), end: side(half) };
}

function inferPad(context: InferContext) {
  const { type, dims } = inputOf(context, 0);
  const { begin, end } = resolvePadding(context);
  return [{ type, dims: dims.map((dim, i) => dim + (begin[i] ?? 0) + (end[i] ?? 0)) }];
}

function inferCast(context: InferContext) {
  const input = inputOf(context, 0);
  const type = elementType(numberAttribute(context.node, "to", 1), context.node.name);
  const { dims } = input;
  if (!input.values) return [{ type, dims }];
  const whole = type.startsWith("int") || type.startsWith("uint");
  return [{ type, dims, values: whole ? input.values.map(Math.trunc) : input.values }];
}

/** Rules by operator. */
export const shapeRules: Readonly<Record<string, InferRule>> = {
  Shape: inferShape,
  Reshape: inferReshape,
  Flatten: inferFlatten,
  Transpose: inferTranspose,
  Squeeze: inferSqueeze,
  Unsqueeze: inferUnsqueeze,
  Concat: inferConcat,
  Slice: inferSlice,
  Split: inferSplit,
  Gather: inferGather,
  Expand: inferExpand,
  Pad: inferPad,
  Cast: inferCast,
};
