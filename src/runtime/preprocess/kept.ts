/**
 * What plain interpolation reads of a decoded picture, kept as bytes until rows of the input are asked for: two rows and two columns for each of the
 * output's, at most, so never more than the output would take as floats, and far less where a picture is enlarged.
 *
 * @module
 */
import { swapsSides } from "../../codecs/exif.ts";
import type { ImageHeader } from "../../codecs/types.ts";
import { type StoredAxis, storedAxes } from "./axes.ts";
import { makePlainAxis, type PlainAxis } from "./plain.ts";
import type { Geometry } from "./plan.ts";
import type { Size } from "./size.ts";
import type { PushRow } from "./vertical.ts";

/** Pixels that are kept, as lines along the upright picture's rows. Where the picture is stored on its side, a line is a stored column. */
export interface Kept {
  readonly turned: boolean;
  /** Upright rows, from kept lines; upright columns, from pixels of a line. */
  readonly down: PlainAxis;
  readonly across: PlainAxis;
  readonly pixels: Uint8Array;
  /** Pixels of line `i`. */
  line(i: number): Uint8Array;
}

/** Bytes that are kept of a picture, at most. */
export function keptBytes(stored: Size, resized: Size): number {
  return 3 * Math.min(stored.width * stored.height, 4 * resized.width * resized.height);
}

/** Makes room for what is read of a picture, and what takes its rows. */
export function makeKept(
  decoded: Size,
  header: ImageHeader,
  geometry: Geometry,
): { readonly kept: Kept; readonly push: PushRow } {
  const { columns: storedColumns, rows: storedRows } = storedAxes(decoded, header, geometry);
  const turned = swapsSides(geometry.orientation);
  const columns = keepUsed(storedColumns);
  const rows = keepUsed(storedRows);
  const width = columns.used.length;
  const height = rows.used.length;
  const pixels = new Uint8Array(3 * width * height);
  const lineBytes = 3 * (turned ? height : width);
  let next = 0;
  return {
    kept: {
      turned,
      pixels,
      down: turned ? columns.axis : rows.axis,
      across: turned ? rows.axis : columns.axis,
      line: (i) => pixels.subarray(i * lineBytes, (i + 1) * lineBytes),
    },
    push(y, rgb) {
      while (next < height && rows.used[next] < y) next++;
      if (rows.used[next] !== y) return;
      const step = turned ? lineBytes : 3;
      let q = next * (turned ? 3 : lineBytes);
      for (let x = 0; x < width; x++, q += step) {
        const p = columns.used[x] * 3;
        pixels[q] = rgb[p];
        pixels[q + 1] = rgb[p + 1];
        pixels[q + 2] = rgb[p + 2];
      }
    },
  };
}

/** An axis from those input positions alone that it reads, `used`, in their order. */
function keepUsed(stored: StoredAxis): { readonly axis: PlainAxis; readonly used: Int32Array } {
  const axis = makePlainAxis(stored);
  const places = new Int32Array(stored.inSize);
  for (const position of axis.first) places[position] = 1;
  for (const position of axis.second) places[position] = 1;
  const used = new Int32Array(places.reduce((sum, one) => sum + one, 0));
  for (let position = 0, place = 0; position < places.length; position++) {
    if (places[position] === 0) continue;
    used[place] = position;
    places[position] = place++;
  }
  const placed = (positions: Int32Array) => positions.map((position) => places[position]);
  return { axis: { ...axis, first: placed(axis.first), second: placed(axis.second) }, used };
}
