/**
 * Detections drawn on their picture.
 *
 * @module
 */
import type { Image } from "../../codecs/types.ts";
import type { Box, Detection } from "../tasks/detection/types.ts";
import { drawTag, fillRectangle, measureTag, scaleOf, type Tag } from "./canvas.ts";
import { classColor } from "./palette.ts";

/** Draws boxes with their labels and scores into the picture, the best on top; labels keep clear of those of better boxes where they can. */
export function drawDetections(image: Image, detections: readonly Detection[]): void {
  const scale = scaleOf(image);
  const best = [...detections].sort((a, b) => b.score - a.score);
  const placed: Box[] = [];
  const tags = best.map((detection) => {
    const percent = Math.round(detection.score * 100);
    const tag = { text: `${detection.label} ${percent}%`, color: classColor(detection.index) };
    const place = placeTag(image, detection.box, tag, scale, placed);
    placed.push(place);
    return { tag, place };
  });
  for (const detection of best.toReversed()) drawBox(image, detection, scale);
  for (const { tag, place } of tags.reverse()) drawTag(image, place.xmin, place.ymin, tag, scale);
}

function drawBox(image: Image, { index, box }: Detection, scale: number): void {
  const { xmin, ymin, xmax, ymax } = box;
  const color = classColor(index);
  // Lines lie inside the box, and are never thicker than it.
  const across = Math.min(2 * scale, xmax - xmin);
  const down = Math.min(2 * scale, ymax - ymin);
  fillRectangle(image, xmin, ymin, xmax, ymin + down, color);
  fillRectangle(image, xmin, ymax - down, xmax, ymax, color);
  fillRectangle(image, xmin, ymin, xmin + across, ymax, color);
  fillRectangle(image, xmax - across, ymin, xmax, ymax, color);
}

/** Where a tag goes: above its box, in its top, below it or in its bottom, at the first of these that is in the picture and free. */
function placeTag(image: Image, box: Box, tag: Tag, scale: number, placed: readonly Box[]): Box {
  const { width, height } = measureTag(tag, scale);
  const xmin = Math.max(0, Math.min(box.xmin, image.width - width));
  const places = [box.ymin - height, box.ymin, box.ymax, box.ymax - height]
    .filter((ymin) => ymin >= 0 && ymin + height <= image.height)
    .map((ymin) => ({ xmin, ymin, xmax: xmin + width, ymax: ymin + height }));
  const free = places.find((place) => !placed.some((other) => overlap(place, other)));
  return free ?? places[0] ?? { xmin, ymin: 0, xmax: xmin + width, ymax: height };
}

function overlap(a: Box, b: Box): boolean {
  return a.xmin < b.xmax && b.xmin < a.xmax && a.ymin < b.ymax && b.ymin < a.ymax;
}
