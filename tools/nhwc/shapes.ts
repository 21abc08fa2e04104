/**
 * The dimensions of what a node makes, and the checks that it can be made at all.
 *
 * The files that are imported come from anywhere: whatever passes here is a network that ONNX can express.
 *
 * @module
 */
import { nodeError, type Where } from "./errors.ts";
import type { Constant, Node, Operand, Shape } from "./graph.ts";
import { elementCount } from "./graph.ts";
import { slideSize } from "./padding.ts";

/** More elements than any network of this family has in one tensor (2 GB of floats); bounds what hostile dimensions can ask for. */
const MAX_ELEMENTS = 2 ** 29;
/** The largest rank that is handled; TensorFlow Lite's own kernels end at 5 or 6. */
const MAX_RANK = 6;
/** Bound of strides, dilations, kernels and pads: far beyond use, and small enough that sums and products stay exact. */
const MAX_EXTENT = 2 ** 20;

/** Infers dimensions; `shape` gives those of an operand. @throws {ImportError} when the node does not fit its inputs. */
export function inferShape(node: Node, where: Where, shape: (operand: Operand) => Shape): Shape {
  const fail = (message: string): never => {
    throw nodeError("malformed", where, message);
  };
  const result = infer(node, shape, fail);
  checkShape(result, fail);
  return result;
}

/** Refuses dimensions that no network has. */
export function checkShape(shape: Shape, fail: (message: string) => never): void {
  if (shape.length > MAX_RANK) fail(`${shape.length} dimensions, at most ${MAX_RANK} are handled`);
  if (shape.some((dim) => !Number.isSafeInteger(dim) || dim < 1)) {
    fail(`impossible dimensions [${shape.join(", ")}]`);
  }
  if (elementCount(shape) > MAX_ELEMENTS) {
    fail(`a tensor [${shape.join(", ")}] is too large: ${MAX_ELEMENTS} elements at most`);
  }
}

type Fail = (message: string) => never;

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

function convShape(node: Extract<Node, { op: "conv" }>, input: Shape, fail: Fail): Shape {
  const [batch, height, width, channels] = picture(input, fail);
  const [outputs, perGroup, kh, kw] = kernel(node.weights, fail);
  if (
    !Number.isInteger(node.groups) ||
    perGroup * node.groups !== channels ||
    outputs % node.groups !== 0
  ) {
    fail(
      `weights [${node.weights.dims.join(", ")}] in ${node.groups} groups do not fit ${channels} channels`,
    );
  }
  checkBias(node.bias, outputs, fail);
  checkWindow([kh, kw], node.strides, node.dilations, node.pads, fail);
  const [top, left, bottom, right] = node.pads;
  return [
    batch,
    slideSize(height, kh, node.strides[0], node.dilations[0], top + bottom),
    slideSize(width, kw, node.strides[1], node.dilations[1], left + right),
    outputs,
  ];
}

function convTransposeShape(node: Extract<Node, { op: "conv_transpose" }>, input: Shape, fail: Fail): Shape {
  const [batch, height, width, channels] = picture(input, fail);
  const [inputs, outputs, kh, kw] = kernel(node.weights, fail);
  if (inputs !== channels) fail(`weights [${node.weights.dims.join(", ")}] do not fit ${channels} channels`);
  checkBias(node.bias, outputs, fail);
  checkWindow([kh, kw], node.strides, [1, 1], node.pads, fail);
  const [top, left, bottom, right] = node.pads;
  return [
    batch,
    (height - 1) * node.strides[0] + kh - top - bottom + node.outputPadding[0],
    (width - 1) * node.strides[1] + kw - left - right + node.outputPadding[1],
    outputs,
  ];
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

function depthSpaceShape(op: string, block: number, input: Shape, fail: Fail): Shape {
  const [batch, height, width, channels] = picture(input, fail);
  if (!inRange(block, 1, MAX_EXTENT)) fail(`impossible block size ${block}`);
  if (op === "depth_to_space") {
    if (channels % block ** 2 !== 0) fail(`${channels} channels are not blocks of ${block} by ${block}`);
    return [batch, height * block, width * block, channels / block ** 2];
  }
  if (height % block !== 0 || width % block !== 0)
    fail(`${height} by ${width} pixels are not blocks of ${block}`);
  return [batch, height / block, width / block, channels * block ** 2];
}

function spaceBatchShape(
  node: Extract<Node, { op: "space_to_batch" | "batch_to_space" }>,
  input: Shape,
  fail: Fail,
): Shape {
  const [batch, height, width, channels] = picture(input, fail);
  const [top, left, bottom, right] = node.pads;
  const [rows, columns] = node.block;
  checkWindow([1, 1], node.block, [1, 1], node.pads, fail);
  if (node.op === "space_to_batch") {
    const [paddedHeight, paddedWidth] = [height + top + bottom, width + left + right];
    if (paddedHeight % rows !== 0 || paddedWidth % columns !== 0) {
      fail(`${paddedHeight} by ${paddedWidth} pixels are not blocks of ${rows} by ${columns}`);
    }
    return [batch * rows * columns, paddedHeight / rows, paddedWidth / columns, channels];
  }
  if (batch % (rows * columns) !== 0)
    fail(`a batch of ${batch} is not made of blocks of ${rows} by ${columns}`);
  return [batch / (rows * columns), height * rows - top - bottom, width * columns - left - right, channels];
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

function picture(shape: Shape, fail: Fail): readonly [number, number, number, number] {
  if (shape.length !== 4) fail(`wants a picture [N, H, W, C], not [${shape.join(", ")}]`);
  return [shape[0], shape[1], shape[2], shape[3]];
}

function kernel(weights: Constant, fail: Fail): readonly [number, number, number, number] {
  checkConstant(weights, fail);
  if (weights.dims.length !== 4) fail(`wants weights of 4 dimensions, not [${weights.dims.join(", ")}]`);
  return [weights.dims[0], weights.dims[1], weights.dims[2], weights.dims[3]];
}

function matrix(weights: Constant, fail: Fail): readonly [number, number] {
  checkConstant(weights, fail);
  if (weights.dims.length !== 2) fail(`wants a matrix of weights, not [${weights.dims.join(", ")}]`);
  return [weights.dims[0], weights.dims[1]];
}

function checkConstant(constant: Constant, fail: Fail): void {
  checkShape(constant.dims, fail);
  if (constant.data.length !== elementCount(constant.dims)) {
    fail(`[${constant.dims.join(", ")}] does not hold ${constant.data.length} elements`);
  }
}

function checkBias(bias: Float32Array | undefined, outputs: number, fail: Fail): void {
  if (bias && bias.length !== outputs) fail(`${bias.length} biases for ${outputs} channels`);
}

function checkWindow(
  size: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
  pads: readonly number[],
  fail: Fail,
): void {
  for (const value of [...size, ...strides, ...dilations]) {
    if (!inRange(value, 1, MAX_EXTENT)) fail(`impossible kernel, stride or dilation ${value}`);
  }
  for (const value of pads) if (!inRange(value, 0, MAX_EXTENT)) fail(`impossible padding ${value}`);
}

function checkAxes(axes: readonly number[], shape: Shape, fail: Fail): void {
  for (const [i, axis] of axes.entries()) {
    if (!inRange(axis, 0, shape.length - 1) || axis <= (axes[i - 1] ?? -1)) {
      fail(`[${axes.join(", ")}] are not axes of [${shape.join(", ")}]`);
    }
  }
}

function inRange(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function mismatch(a: Shape, b: Shape): string {
  return `[${a.join(", ")}] and [${b.join(", ")}] do not fit together`;
}
