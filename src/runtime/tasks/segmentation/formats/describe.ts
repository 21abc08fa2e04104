/**
 * The formats of a mask that answer as JSON.
 *
 * @module
 */
import { segmentsOf } from "../segments.ts";
import type { ClassMask, Segment } from "../types.ts";
import { segmentToPng, toBase64 } from "./bilevel.ts";
import { maskToPolygons, type Polygon } from "./polygons.ts";
import { maskToRles, type Rle } from "./rle.ts";

/** A class with its mask as a black-and-white PNG in base64, as Hugging Face's image segmentation answers. */
export interface MaskSegment extends Segment {
  readonly mask: string;
}

/** A class with its mask in COCO's run-length encoding. */
export interface RleSegment extends Segment {
  readonly rle: Rle;
}

/** A class with its outlines, see {@link maskToPolygons}. */
export interface PolygonSegment extends Segment {
  readonly polygons: readonly Polygon[];
}

/** Names of the formats, as `?format=` spells them. */
export type SegmentFormat = "json" | "rle" | "polygons";

/** A class in any of the formats. */
export type DescribedSegment = MaskSegment | RleSegment | PolygonSegment;

/**
 * The classes of a mask in one of the formats, in the order of the class index, the background among them.
 *
 * @example
 * await describeMask(mask, labels, "rle");
 * // [{ label: "dog", index: 12, share: 0.19, box: { … }, rle: { size: [480, 640], counts: "…" } }]
 */
export async function describeMask(
  mask: ClassMask,
  labels: readonly string[],
  format: SegmentFormat,
): Promise<DescribedSegment[]> {
  const segments = segmentsOf(mask, labels);
  switch (format) {
    case "json": {
      const described: MaskSegment[] = [];
      for (const segment of segments) {
        described.push({ ...segment, mask: toBase64(await segmentToPng(mask, segment)) });
      }
      return described;
    }
    case "rle": {
      const rles = maskToRles(mask);
      return segments.map((segment) => ({ ...segment, rle: ofClass(rles, segment.index) }));
    }
    case "polygons": {
      const polygons = maskToPolygons(mask);
      return segments.map((segment) => ({ ...segment, polygons: ofClass(polygons, segment.index) }));
    }
  }
}

function ofClass<T>(byClass: ReadonlyMap<number, T>, index: number): T {
  const found = byClass.get(index);
  if (found === undefined) throw new Error(`class ${index} has pixels, but no outline`);
  return found;
}
