/**
 * Puts the resizer for a picture together, when its decoder says at which size the rows come.
 *
 * @module
 */
import { swapsSides } from "../../codecs/exif.ts";
import type { ImageHeader, Region } from "../../codecs/types.ts";
import type { MakeRowLoops } from "../engines/row-loops.ts";
import { type StoredAxis, storedAxes } from "./axes.ts";
import { type Axis, makeAxis } from "./coefficients.ts";
import type { Geometry } from "./plan.ts";
import { makeResampler, regionFor } from "./resample.ts";
import type { Size } from "./size.ts";
import type { WriteRow } from "./target.ts";
import type { PushRow } from "./vertical.ts";

/** The way from decoded rows to the network's input. */
export interface Resizer {
  readonly push: PushRow;
  /** The part of the decoded picture that it takes. */
  readonly region: Region;
}

/**
 * Makes the way from decoded rows to the part of the resized picture that lies in the input, by Pillow's antialiased filter. Rows come and go in stored
 * orientation.
 *
 * @param decoded the size of what the decoder gives, which may be less than the header's
 * @param makeLoops an engine's loops; JavaScript's where it has none
 */
export function makeResizer(
  decoded: Size,
  header: ImageHeader,
  geometry: Geometry,
  write: WriteRow,
  makeLoops?: MakeRowLoops,
): Resizer {
  const { columns, rows } = storedAxes(decoded, header, geometry);
  const order = swapsSides(geometry.orientation) ? "vertical_first" : "horizontal_first";
  const [across, down] = [antialiased(columns), antialiased(rows)];
  const loops = makeLoops?.(Math.max(across.inSize, across.outSize));
  return { region: regionFor(across, down), push: makeResampler(across, down, order, write, loops) };
}

/** Counts the wanted positions of a mirrored axis from the other end. */
function antialiased(axis: StoredAxis): Axis {
  if (!axis.mirrored) return makeAxis(axis);
  return makeAxis({ ...axis, from: axis.outSize - axis.to, to: axis.outSize - axis.from });
}
