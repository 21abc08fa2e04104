/**
 * Channels-last maps in a sandbox, with gaps between pixels and rows that no kernel may touch.
 */
import { noise, type Rows, type Sandbox } from "./sandbox.ts";

/** Shape of a map. Channels are real ones; in memory they are padded to a multiple of 4. */
export interface MapShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A map in memory. */
export interface PlacedMap extends MapShape {
  readonly at: number;
  readonly row: number;
  readonly pixel: number;
  /** `[height][width][channels]`, real channels alone. */
  readonly values: Float32Array;
}

export function padded(channels: number): number {
  return (channels + 3) & ~3;
}

/** Pixels as rows of a sandbox: rows of the map follow each other. */
function pixelRows({ height, width, channels }: MapShape, gap: number): Rows {
  return { rows: height * width, length: padded(channels), stride: 4 * (padded(channels) + gap) };
}

/** Puts a map of noise; padding lanes hold noise too. `gap` floats between pixels are out of bounds. */
export function placeMap(sandbox: Sandbox, shape: MapShape, seed = 1, gap = 4): PlacedMap {
  const rows = pixelRows(shape, gap);
  const all = noise(rows.rows * rows.length, seed);
  const at = sandbox.inputRows(all, rows);
  return {
    ...shape,
    at,
    row: shape.width * rows.stride,
    pixel: rows.stride,
    values: realChannels(all, shape),
  };
}

/** Room for a map. */
export function roomForMap(sandbox: Sandbox, shape: MapShape, gap = 4): Omit<PlacedMap, "values"> {
  const rows = pixelRows(shape, gap);
  return { ...shape, at: sandbox.outputRows(rows), row: shape.width * rows.stride, pixel: rows.stride };
}

/** Reads a map's real channels. */
export function readMap(sandbox: Sandbox, map: Omit<PlacedMap, "values">): Float32Array {
  const gap = map.pixel / 4 - padded(map.channels);
  return realChannels(sandbox.rows(map.at, pixelRows(map, gap)), map);
}

function realChannels(all: Float32Array, { height, width, channels }: MapShape): Float32Array {
  const wide = padded(channels);
  const real = new Float32Array(height * width * channels);
  for (let i = 0; i < height * width; i++) {
    real.set(all.subarray(i * wide, i * wide + channels), i * channels);
  }
  return real;
}

/** A window that slides over a map. */
export interface SlidingWindow {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}

/** Shape of what a window makes of a map. */
export function slid(map: MapShape, window: SlidingWindow, channels: number): MapShape {
  const size = (input: number, axis: 0 | 1) =>
    Math.floor(
      (input +
        window.pads[axis] +
        window.pads[(axis + 2) as 2 | 3] -
        (window.kernel[axis] - 1) * window.dilation[axis] -
        1) /
        window.stride[axis],
    ) + 1;
  return { height: size(map.height, 0), width: size(map.width, 1), channels };
}

/** Calls `visit` for every tap of every output pixel that lies on the map. */
export function forEachTap(
  map: MapShape,
  out: MapShape,
  window: SlidingWindow,
  visit: (outPixel: number, inPixel: number, tap: number) => void,
): void {
  const { kernel, stride, dilation, pads } = window;
  for (let oy = 0; oy < out.height; oy++) {
    for (let ox = 0; ox < out.width; ox++) {
      for (let ky = 0; ky < kernel[0]; ky++) {
        for (let kx = 0; kx < kernel[1]; kx++) {
          const iy = oy * stride[0] - pads[0] + ky * dilation[0];
          const ix = ox * stride[1] - pads[1] + kx * dilation[1];
          if (iy < 0 || iy >= map.height || ix < 0 || ix >= map.width) continue;
          visit(oy * out.width + ox, iy * map.width + ix, ky * kernel[1] + kx);
        }
      }
    }
  }
}
