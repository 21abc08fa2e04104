/**
 * The dimensions of what a node makes, and the checks that it can be made at all.
 *
 * The files that are imported come from anywhere: whatever passes here is a network that ONNX can express.
 *
 * @module
 */
import type { Fail } from "./checks.ts";
import {
  checkAxes,
  checkBias,
  checkShape,
  checkWindow,
  inRange,
  MAX_EXTENT,
  matrix,
  mismatch,
  picture,
} from "./checks.ts";
import { nodeError, type Where } from "./errors.ts";
import type { Node, Operand, Shape } from "./graph.ts";
import { elementCount } from "./graph.ts";
import { slideSize } from "./padding.ts";
import { convShape, convTransposeShape, depthSpaceShape, spaceBatchShape } from "./window-shapes.ts";

/** Infers dimensions; `shape` gives those of an operand. @throws {ImportError} when the node does not fit its inputs. */
export function inferShape(node: Node, where: Where, shape: (operand: Operand) => Shape): Shape {
  const fail = (message: string): never => {
    throw nodeError("malformed", where, message);
  };
  const result = infer(node, shape, fail);
  checkShape(result, fail);
  return result;
}

function infer(node: Node, shape: (operand: Operand) => Shape, fail: Fail): Shape {
  switch (node.op) {
    case "binary":
      return broadcast(shape(node.a), shape(node.b)) ?? fail(mismatch(shape(node.a), shape(node.b)));
    case "concat":
      return concatShape(node.inputs.map(shape), node.axis, fail);
    case "unary":
      return shape(node.input);
    default:
      return inferFrom(node, shape(node.input), fail);
  }
}

function inferFrom(
  node: Exclude<Node, { op: "binary" | "concat" | "unary" }>,
  input: Shape,
  fail: Fail,
): Shape {
  switch (node.op) {
    case "conv":
      return convShape(node, input, fail);
    case "conv_transpose":
      return convTransposeShape(node, input, fail);
    case "dense": {
      const [outputs, inputs] = matrix(node.weights, fail);
      if (input.length !== 2 || input[1] !== inputs) {
        fail(`weights [${outputs}, ${inputs}] do not fit an input [${input.join(", ")}]`);
      }
      checkBias(node.bias, outputs, fail);
      return [input[0], outputs];
    }
    case "prelu": {
      const result = broadcast(input, node.slope.dims);
      if (!result || !sameShape(result, input)) fail(mismatch(input, node.slope.dims));
      return input;
    }
    case "pool": {
      const [batch, height, width, channels] = picture(input, fail);
      checkWindow(node.kernel, node.strides, [1, 1], node.pads, fail);
      const [top, left, bottom, right] = node.pads;
      // ONNX refuses padding that a window could consist of alone.
      if (Math.max(top, bottom) >= node.kernel[0] || Math.max(left, right) >= node.kernel[1]) {
        fail(`padding [${node.pads.join(", ")}] is not smaller than the window`);
      }
      return [
        batch,
        slideSize(height, node.kernel[0], node.strides[0], 1, top + bottom),
        slideSize(width, node.kernel[1], node.strides[1], 1, left + right),
        channels,
      ];
    }
    case "reduce":
      checkAxes(node.axes, input, fail);
      return node.keepDims
        ? input.map((dim, axis) => (node.axes.includes(axis) ? 1 : dim))
        : input.filter((_, axis) => !node.axes.includes(axis));
    case "resize": {
      const [batch, , , channels] = picture(input, fail);
      return [batch, node.size[0], node.size[1], channels];
    }
    case "pad":
      return padShape(node.pads, node.mode, input, fail);
    case "reshape":
      // First, lest an impossible shape be compared by a product that is not one.
      checkShape(node.shape, fail);
      if (elementCount(node.shape) !== elementCount(input)) fail(mismatch(input, node.shape));
      return node.shape;
    case "transpose":
      if ([...node.perm].sort((a, b) => a - b).join() !== input.map((_, axis) => axis).join()) {
        fail(`[${node.perm.join(", ")}] is not an order of ${input.length} axes`);
      }
      return node.perm.map((axis) => input[axis]);
    case "softmax":
      checkAxes([node.axis], input, fail);
      return input;
    case "slice":
      for (const [axis, dim] of input.entries()) {
        const [start, size, step] = [node.starts[axis], node.sizes[axis], node.steps[axis]];
        const last = start + (size - 1) * step;
        if (!(start >= 0 && size >= 1 && step >= 1 && last < dim)) fail(`takes what axis ${axis} lacks`);
      }
      return node.sizes;
    case "depth_to_space":
    case "space_to_depth":
      return depthSpaceShape(node.op, node.block, input, fail);
    case "space_to_batch":
    case "batch_to_space":
      return spaceBatchShape(node, input, fail);
  }
}

function concatShape(inputs: readonly Shape[], axis: number, fail: Fail): Shape {
  const [first, ...rest] = inputs;
  if (!first) return fail("nothing to join");
  checkAxes([axis], first, fail);
  const withoutAxis = (shape: Shape) => shape.filter((_, i) => i !== axis);
  for (const other of rest) {
    if (other.length !== first.length || !sameShape(withoutAxis(other), withoutAxis(first))) {
      fail(mismatch(first, other));
    }
  }
  const total = inputs.reduce((sum, shape) => sum + shape[axis], 0);
  return first.map((dim, i) => (i === axis ? total : dim));
}

function padShape(pads: Extract<Node, { op: "pad" }>["pads"], mode: string, input: Shape, fail: Fail): Shape {
  if (pads.length !== input.length) fail(`${pads.length} paddings for ${input.length} axes`);
  return input.map((dim, axis) => {
    const [before, after] = pads[axis];
    // Reflection cannot give more than the axis has beside its edge (ONNX Pad).
    const most = mode === "reflect" ? dim - 1 : MAX_EXTENT;
    if (!inRange(before, 0, most) || !inRange(after, 0, most)) {
      fail(`impossible padding [${before}, ${after}] of an axis of ${dim}`);
    }
    return dim + before + after;
  });
}

/** numpy's broadcasting; undefined where dimensions clash. */
export function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let i = rank; i >= 1; i--) {
    const x = a.at(-i) ?? 1;
    const y = b.at(-i) ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    result.push(Math.max(x, y));
  }
  return result;
}

/** Whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}
