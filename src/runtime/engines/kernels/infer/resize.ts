/**
 * Shapes of Resize, and how it samples.
 *
 * @module
 */
import { numberAttribute, stringAttribute } from "../../../onnx/read.ts";
import { unsupported } from "../unsupported.ts";
import type { InferContext, InferRule } from "./types.ts";
import { imageInput, inputOf, optionalValues } from "./types.ts";

/** How output pixels are placed on the input. */
export type CoordinateMode = "half_pixel" | "pytorch_half_pixel" | "align_corners" | "asymmetric";

/** How a nearest neighbour is picked. */
export type NearestMode = "round_prefer_floor" | "round_prefer_ceil" | "floor" | "ceil";

/** A Resize of an image's height and width. */
export interface ResizeSpec {
  readonly mode: "nearest" | "linear";
  readonly coordinates: CoordinateMode;
  readonly nearest: NearestMode;
  /** Output over input, height and width, as ONNX defines the sampling positions with. */
  readonly scale: readonly [number, number];
  readonly size: readonly [number, number];
}

const COORDINATES = new Set(["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]);

/** Reads a Resize node of an image. */
export function resolveResize(context: InferContext): ResizeSpec {
  const { node } = context;
  const [batch, channels, height, width] = imageInput(context, 0);
  const mode = stringAttribute(node, "mode", "nearest");
  if (mode !== "nearest" && mode !== "linear") unsupported(node, `mode "${mode}"`);
  const coordinates = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  if (!COORDINATES.has(coordinates)) unsupported(node, `coordinate_transformation_mode "${coordinates}"`);
  if (numberAttribute(node, "antialias", 0) !== 0) unsupported(node, "antialias");
  if (node.attributes.has("axes")) unsupported(node, "axes");
  if (stringAttribute(node, "keep_aspect_ratio_policy", "stretch") !== "stretch") {
    unsupported(node, "keep_aspect_ratio_policy");
  }
  // Opset 10 had no region of interest: (X, scales); later (X, roi, scales, sizes).
  const scales = optionalValues(context, node.inputs.length === 2 ? 1 : 2);
  const sizes = optionalValues(context, 3);
  const full = sizes ?? scales?.map((scale, i) => Math.floor(scale * (inputOf(context, 0).dims[i] ?? 1)));
  if (full?.length !== 4) unsupported(node, "sizes or scales of all four axes are needed");
  if (full[0] !== batch || full[1] !== channels) unsupported(node, "only height and width can be resized");
  const size = [full[2] ?? 0, full[3] ?? 0] as const;
  return {
    mode,
    coordinates: coordinates as CoordinateMode,
    nearest: stringAttribute(node, "nearest_mode", "round_prefer_floor") as NearestMode,
    scale: sizes ? [size[0] / height, size[1] / width] : [scales?.[2] ?? 1, scales?.[3] ?? 1],
    size,
  };
}

/** Whether the kernels' nearest neighbour, `floor((o + shift) * scale)`, is the one meant. */
export function isFloored({ coordinates, nearest }: ResizeSpec): boolean {
  if (coordinates === "asymmetric" || coordinates === "align_corners") return nearest === "floor";
  return nearest === "round_prefer_ceil";
}

function inferResize(context: InferContext) {
  const { type, dims } = inputOf(context, 0);
  const { size } = resolveResize(context);
  return [{ type, dims: [dims[0] ?? 1, dims[1] ?? 1, ...size] }];
}

/** Rules by operator. */
export const resizeRules: Readonly<Record<string, InferRule>> = { Resize: inferResize };
