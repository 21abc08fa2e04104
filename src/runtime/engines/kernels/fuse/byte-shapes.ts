/**
 * Shapes that kernels on bytes take.
 *
 * @module
 */
import type { InferContext } from "../infer/index.ts";
import { isFloored, resolveResize } from "../infer/resize.ts";
import type { BinaryLayer } from "../layers.ts";
import type { Neighbours } from "./rewrite.ts";

/** Whether two maps of one shape are combined, or a map and one vector of channels an image. */
export function isBroadcastable({ left, right, output }: BinaryLayer, around: Neighbours): boolean {
  if (!("value" in left && "value" in right)) return false;
  const dims = around.dims(output);
  if (dims.length !== 4 && dims.length !== 2) return false;
  const vector = dims.map((dim, axis) => (axis < 2 ? dim : 1));
  const sides = [left, right].map(({ value }) => around.dims(value).join());
  const allowed = sides.every((side) => side === dims.join() || side === vector.join());
  return allowed && sides.includes(dims.join());
}

/** Whether the kernels' sampling is the one meant, for every size. */
export function isByteResize(context: InferContext): boolean {
  const spec = resolveResize(context);
  if (spec.coordinates === "pytorch_half_pixel") return false;
  return spec.mode === "linear" || isFloored(spec);
}
