/**
 * Geometry of windows that slide over an image: kernel, stride, padding, dilation.
 *
 * @module
 */
import { numbersAttribute, stringAttribute } from "../../onnx/read.ts";
import type { GraphNode } from "../../onnx/types.ts";
import { unsupported } from "./unsupported.ts";

/** A pair for height and width. */
export type Pair = readonly [number, number];

/** Padding: rows above, columns left, rows below, columns right. */
export type Pads = readonly [number, number, number, number];

/** A window and how it slides. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Explicit padding, or ONNX's `auto_pad` (TensorFlow's SAME), which depends on the input's size. */
  readonly padding: Pads | "SAME_UPPER" | "SAME_LOWER";
}

/** Reads the attributes `strides`, `dilations`, `pads` and `auto_pad` of a node whose window is `kernel`. */
export function readWindow(node: GraphNode, kernel: readonly number[]): Window {
  if (kernel.length !== 2) unsupported(node, `a ${kernel.length}-dimensional window, only 2 are supported`);
  const stride = numbersAttribute(node, "strides", [1, 1]);
  const dilation = numbersAttribute(node, "dilations", [1, 1]);
  const pads = numbersAttribute(node, "pads", [0, 0, 0, 0]);
  const auto = stringAttribute(node, "auto_pad", "NOTSET");
  for (const value of [...kernel, ...stride, ...dilation]) {
    if (!(value >= 1)) unsupported(node, `kernel, stride and dilation must be at least 1, not ${value}`);
  }
  if (pads.some((pad) => pad < 0)) unsupported(node, `negative padding [${pads.join(", ")}]`);
  const window = {
    kernel: kernel as unknown as Pair,
    stride: stride as unknown as Pair,
    dilation: dilation as unknown as Pair,
  };
  switch (auto) {
    case "SAME_UPPER":
    case "SAME_LOWER":
      return { ...window, padding: auto };
    case "VALID":
      return { ...window, padding: [0, 0, 0, 0] };
    case "NOTSET":
      return { ...window, padding: pads as unknown as Pads };
    default:
      return unsupported(node, `auto_pad "${auto}"`);
  }
}

/** Rows (or columns) that a dilated kernel spans. */
export function span(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** The padding for an input of `height` by `width`. */
export function resolvePads(window: Window, height: number, width: number): Pads {
  if (typeof window.padding !== "string") return window.padding;
  const same = (size: number, axis: 0 | 1): Pair => {
    const stride = window.stride[axis];
    const total = (Math.ceil(size / stride) - 1) * stride + span(window.kernel[axis], window.dilation[axis]);
    const pad = Math.max(0, total - size);
    const small = Math.floor(pad / 2);
    return window.padding === "SAME_UPPER" ? [small, pad - small] : [pad - small, small];
  };
  const [top, bottom] = same(height, 0);
  const [left, right] = same(width, 1);
  return [top, left, bottom, right];
}

/** Size of the output along one axis; `ceil` rounds up (pooling's `ceil_mode`). */
export function slide(
  size: number,
  pads: Pair,
  kernel: number,
  stride: number,
  dilation: number,
  ceil = false,
): number {
  const steps = (size + pads[0] + pads[1] - span(kernel, dilation)) / stride;
  if (!ceil) return Math.floor(steps) + 1;
  const out = Math.ceil(steps) + 1;
  // A window that would start in the padding below is dropped (as PyTorch does, and ONNX from opset 19).
  return (out - 1) * stride >= size + pads[0] ? out - 1 : out;
}

/** Height and width of the output of a window sliding over `height` by `width`. */
export function slideOver(window: Window, height: number, width: number, ceil = false): Pair {
  const [top, left, bottom, right] = resolvePads(window, height, width);
  const { kernel, stride, dilation } = window;
  return [
    slide(height, [top, bottom], kernel[0], stride[0], dilation[0], ceil),
    slide(width, [left, right], kernel[1], stride[1], dilation[1], ceil),
  ];
}
