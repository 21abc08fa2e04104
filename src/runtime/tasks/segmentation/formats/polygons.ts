/**
 * Outlines of a mask's classes, on the edges of its pixels: nothing is lost, a single pixel is a square of side 1.
 *
 * @module
 */
import { OptionError } from "../../option-error.ts";
import type { ClassMask } from "../types.ts";

/** A closed outline as `[x0, y0, x1, y1, …]`, without the first point repeated. */
export type Ring = number[];

/**
 * A connected region: its outer ring first, then its holes. The even-odd rule fills it. Pixels that touch only at a corner are not
 * connected; a ring may touch itself at a corner.
 */
export type Polygon = Ring[];

/** Headings: east, south, west, north. A turn to the right is one more. */
const DX = [1, 0, -1, 0];
const DY = [0, 1, 0, -1];
const EAST = 0;
const WEST = 2;
const NORTH = 3;

/**
 * Corners of all rings together, at most: they take 16 MB, and 10 MB as JSON. A resized 12-megapixel mask of pure noise has half as many;
 * only a network that scores every pixel by itself can exceed it.
 */
const MOST_CORNERS = 1_000_000;

/** Edges of a pixel that have been walked along: its upper one (heading east) and its lower one (heading west). */
const UPPER = 1;
const LOWER = 2;

/**
 * Polygons of every class that has a pixel, by class index.
 *
 * Rows are scanned from the top. An upper edge that no ring has passed begins an outer ring; a lower one begins a hole, whose region is
 * that of the nearest ring to the left. Every ring is walked with its region on the right, as soon as it is met, so each edge is passed once.
 *
 * @throws {OptionError} when the outlines have more than a million corners
 */
export function maskToPolygons(mask: ClassMask): Map<number, Polygon[]> {
  const { width, height, classes } = mask;
  const walked = new Uint8Array(classes.length);
  /** The polygon to the right of a left edge, by pixel. */
  const owners = new Map<number, Polygon>();
  const found = new Map<number, Polygon[]>();
  let corners = 0;
  const trace = (polygon: Polygon, x: number, y: number, heading: number) => {
    const ring = walk(mask, x, y, heading, walked, (pixel) => owners.set(pixel, polygon));
    corners += ring.length / 2;
    if (corners > MOST_CORNERS) {
      throw new OptionError("format", `the outlines have over ${MOST_CORNERS} corners: use png, rle or json`);
    }
    polygon.push(ring);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const index = classes[at];
      if ((y === 0 || classes[at - width] !== index) && !(walked[at] & UPPER)) {
        const polygon: Polygon = [];
        trace(polygon, x, y, EAST);
        const polygons = found.get(index);
        if (polygons) polygons.push(polygon);
        else found.set(index, [polygon]);
      }
      if ((y === height - 1 || classes[at + width] !== index) && !(walked[at] & LOWER)) {
        let left = at;
        while (left > y * width && classes[left - 1] === index) left--;
        const polygon = owners.get(left);
        if (!polygon) throw new Error(`no outline to the left of pixel ${x}, ${y}`);
        trace(polygon, x + 1, y + 1, WEST);
      }
    }
  }
  return found;
}

/**
 * Walks a ring from the corner (x, y) in the given heading until it closes. The pixel to the right belongs to the region; at a corner
 * where two pixels of it touch, the walk stays with the pixel it comes from.
 *
 * @param walked upper and lower edges are marked
 * @param onLeftEdge called with each pixel whose left edge is passed
 */
function walk(
  { width, height, classes }: ClassMask,
  x: number,
  y: number,
  heading: number,
  walked: Uint8Array,
  onLeftEdge: (pixel: number) => void,
): Ring {
  const startX = x;
  const startY = y;
  const startHeading = heading;
  /** The pixel to the right of an edge that starts at (x, y); -1 outside. */
  const rightOf = (px: number, py: number, h: number) => {
    const column = h === EAST || h === NORTH ? px : px - 1;
    const row = h === EAST || h === EAST + 1 ? py : py - 1;
    return column >= 0 && row >= 0 && column < width && row < height ? row * width + column : -1;
  };
  /** The pixel to the left is the one to the right of the opposite edge. */
  const leftOf = (px: number, py: number, h: number) => rightOf(px + DX[h], py + DY[h], (h + 2) & 3);
  const index = classes[rightOf(x, y, heading)];
  const isInside = (pixel: number) => pixel >= 0 && classes[pixel] === index;
  const ring: Ring = [];
  do {
    const pixel = rightOf(x, y, heading);
    if (heading === EAST) walked[pixel] |= UPPER;
    else if (heading === WEST) walked[pixel] |= LOWER;
    else if (heading === NORTH) onLeftEdge(pixel);
    x += DX[heading];
    y += DY[heading];
    const before = heading;
    if (!isInside(rightOf(x, y, heading))) heading = (heading + 1) & 3;
    else if (isInside(leftOf(x, y, heading))) heading = (heading + 3) & 3;
    if (heading !== before) ring.push(x, y);
  } while (x !== startX || y !== startY || heading !== startHeading);
  return ring;
}
