/**
 * The dimensions of what convolutions make, and of pictures cut into blocks.
 *
 * @module
 */
import type { Fail } from "./checks.ts";
import { checkBias, checkWindow, inRange, kernel, MAX_EXTENT, picture } from "./checks.ts";
import type { Node, Shape } from "./graph.ts";
import { slideSize } from "./padding.ts";

/** The picture that a convolution makes. */
export function convShape(node: Extract<Node, { op: "conv" }>, input: Shape, fail: Fail): Shape {
  const [batch, height, width, channels] = picture(input, fail);
  const [outputs, perGroup, kh, kw] = kernel(node.weights, fail);
  if (!Number.isInteger(node.groups) || perGroup * node.groups !== channels || outputs % node.groups !== 0) {
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

/** The picture that a transposed convolution makes. */
export function convTransposeShape(
  node: Extract<Node, { op: "conv_transpose" }>,
  input: Shape,
  fail: Fail,
): Shape {
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

/** The picture of which blocks became channels, or the other way round. */
export function depthSpaceShape(op: string, block: number, input: Shape, fail: Fail): Shape {
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

/** The pictures of which blocks became batches, or the other way round. */
export function spaceBatchShape(
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
