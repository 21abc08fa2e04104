/**
 * Shapes of operators whose window slides over an image: convolutions and pooling.
 *
 * @module
 */
import { numberAttribute, numbersAttribute, stringAttribute } from "../../../onnx/read.ts";
import { readWindow, slideOver, span } from "../geometry.ts";
import { unsupported } from "../unsupported.ts";
import type { InferContext, InferRule } from "./types.ts";
import { imageInput, inputOf, showDims } from "./types.ts";

function inferConv(context: InferContext) {
  const { node } = context;
  const [batch, channels, height, width] = imageInput(context, 0);
  const { dims } = inputOf(context, 1);
  const [out = 0, perGroup = 0, ...kernel] = dims;
  const group = numberAttribute(node, "group", 1);
  if (perGroup * group !== channels || out % group !== 0) {
    unsupported(node, `weights ${showDims(dims)} in ${group} group(s) do not fit ${channels} channels`);
  }
  const [outHeight, outWidth] = slideOver(readWindow(node, kernel), height, width);
  if (outHeight < 1 || outWidth < 1) unsupported(node, `the window is larger than ${height}×${width}`);
  return [{ type: "float32" as const, dims: [batch, out, outHeight, outWidth] }];
}

function inferConvTranspose(context: InferContext) {
  const { node } = context;
  const [batch, channels, height, width] = imageInput(context, 0);
  const { dims } = inputOf(context, 1);
  const [inChannels = 0, perGroup = 0, ...kernel] = dims;
  if (inChannels !== channels) unsupported(node, `weights ${showDims(dims)} do not fit ${channels} channels`);
  const window = readWindow(node, kernel);
  if (typeof window.padding === "string" || node.attributes.has("output_shape")) {
    unsupported(node, "auto_pad and output_shape are not supported");
  }
  const [top, left, bottom, right] = window.padding;
  const extra = numbersAttribute(node, "output_padding", [0, 0]);
  const size = (input: number, axis: 0 | 1, pads: number) =>
    (input - 1) * window.stride[axis] +
    span(window.kernel[axis], window.dilation[axis]) -
    pads +
    (extra[axis] ?? 0);
  const group = numberAttribute(node, "group", 1);
  return [
    {
      type: "float32" as const,
      dims: [batch, perGroup * group, size(height, 0, top + bottom), size(width, 1, left + right)],
    },
  ];
}

function inferPool(context: InferContext) {
  const { node } = context;
  const [batch, channels, height, width] = imageInput(context, 0);
  if (node.outputs.length > 1) unsupported(node, "indices are not supported");
  if (stringAttribute(node, "auto_pad", "NOTSET") === "VALID" && node.attributes.has("pads")) {
    unsupported(node, "both auto_pad and pads");
  }
  const window = readWindow(node, numbersAttribute(node, "kernel_shape", []));
  const [outHeight, outWidth] = slideOver(window, height, width, numberAttribute(node, "ceil_mode", 0) === 1);
  if (outHeight < 1 || outWidth < 1) unsupported(node, `the window is larger than ${height}×${width}`);
  return [{ type: "float32" as const, dims: [batch, channels, outHeight, outWidth] }];
}

function inferGlobalPool(context: InferContext) {
  const [batch, channels] = imageInput(context, 0);
  return [{ type: "float32" as const, dims: [batch, channels, 1, 1] }];
}

/** Rules by operator. */
export const windowRules: Readonly<Record<string, InferRule>> = {
  Conv: inferConv,
  ConvTranspose: inferConvTranspose,
  MaxPool: inferPool,
  AveragePool: inferPool,
  GlobalAveragePool: inferGlobalPool,
  GlobalMaxPool: inferGlobalPool,
};
