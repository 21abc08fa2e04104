/**
 * From scored boxes in the network's pixels to the answer: labels, thresholds and the picture's own pixels.
 *
 * @module
 */
import type { Geometry } from "../../preprocess/plan.ts";
import { OptionError } from "../option-error.ts";
import type { Detection, ScoredBoxes } from "./types.ts";

/** What a request may ask of every detector. */
export interface SelectOptions {
  /** The lowest score that is answered, 0 to 1; 0.5 when not given. */
  readonly threshold?: number | undefined;
  /** How many objects at most; 100 when not given. */
  readonly top_k?: number | undefined;
  /** Names of the only classes wanted; all when not given. */
  readonly classes?: readonly string[] | undefined;
}

/** DESIGN.md, HTTP: the defaults of `/v1/detect`. */
export const DEFAULT_THRESHOLD = 0.5;
export const DEFAULT_TOP_K = 100;

/**
 * Class indices of the names that are wanted.
 *
 * @throws {OptionError} when the model has no class of a name
 */
export function classIndices(
  labels: readonly string[],
  classes: readonly string[] | undefined,
): ReadonlySet<number> | undefined {
  if (!classes) return undefined;
  const indices = new Set<number>();
  for (const name of classes) {
    // A name may stand for several indices: torchvision's COCO labels have several 'N/A'.
    const named = [...labels.keys()].filter((i) => labels[i] === name);
    if (named.length === 0) {
      throw new OptionError("classes", `no class is called '${name}'; there are: ${labels.join(", ")}`);
    }
    for (const index of named) indices.add(index);
  }
  return indices;
}

/**
 * The objects to answer, best first, their boxes scaled to the oriented original (`resize_boxes` in
 * torchvision/models/detection/transform.py) and kept within it. A class without a label is named by its index.
 */
export function selectDetections(
  found: ScoredBoxes,
  labels: readonly string[],
  geometry: Geometry,
  options: SelectOptions = {},
): Detection[] {
  const { threshold = DEFAULT_THRESHOLD, top_k = DEFAULT_TOP_K } = options;
  const wanted = classIndices(labels, options.classes);
  const { original, resized, offset } = geometry;
  const scaleX = Math.fround(original.width / resized.width);
  const scaleY = Math.fround(original.height / resized.height);
  const x = (value: number) =>
    Math.min(Math.max(Math.fround((value - offset.x) * scaleX), 0), original.width);
  const y = (value: number) =>
    Math.min(Math.max(Math.fround((value - offset.y) * scaleY), 0), original.height);
  const detections: Detection[] = [];
  for (let i = 0; i < found.scores.length && detections.length < top_k; i++) {
    const index = found.labels[i];
    if (!(found.scores[i] >= threshold) || (wanted && !wanted.has(index))) continue;
    const [xmin, ymin, xmax, ymax] = found.boxes.subarray(i * 4, i * 4 + 4);
    detections.push({
      label: labels[index] ?? String(index),
      index,
      score: found.scores[i],
      box: { xmin: x(xmin), ymin: y(ymin), xmax: x(xmax), ymax: y(ymax) },
    });
  }
  return detections;
}
