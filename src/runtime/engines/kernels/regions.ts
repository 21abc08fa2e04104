/**
 * Regions of feature maps as an input: RoIAlign in WebAssembly memory, straight to where the network reads them.
 *
 * @module
 */
import { EngineError, type RegionTensor } from "../engine.ts";
import { align } from "./arena.ts";
import type { Kernels } from "./module.ts";
import { ELEMENT, padChannels } from "./views.ts";

/** Regions whose feature maps are in memory. */
export interface PlacedRegions {
  /** Cuts `count` regions from the `first` on into rows `[C, size, size]`, one after the other from byte `to` on. */
  cut(first: number, count: number, to: number): void;
}

/** Where things lie in the scratch memory, in bytes from its start. */
interface Layout {
  /** Each level's map, channels-last. */
  readonly levels: readonly number[];
  /** Planes of a level's map as they come, while it is brought in; patches channels-last after that. */
  readonly planes: number;
  /** Boxes of some regions by level, and the places of their patches. */
  readonly boxes: number;
  readonly slots: number;
  readonly bytes: number;
}

/** Planes that are brought in at a time, and regions that are cut: scratch memory is then small beside the maps, and stays in a second-level cache. */
const PLANES_AT_ONCE = 16;
const REGIONS_AT_ONCE = 8;

function layoutOf({ levels, size }: RegionTensor): Layout {
  let at = 0;
  const take = (bytes: number) => {
    const start = at;
    at += align(bytes);
    return start;
  };
  const pixels = levels.map(({ feature: { dims } }) => (dims[2] ?? 0) * (dims[3] ?? 0));
  const channels = padChannels(levels[0]?.feature.dims[1] ?? 0);
  const maps = pixels.map((count) => take(count * channels * ELEMENT));
  const planes = Math.max(...pixels) * PLANES_AT_ONCE;
  const patches = REGIONS_AT_ONCE * size * size * channels;
  return {
    levels: maps,
    planes: take(Math.max(planes, patches) * ELEMENT),
    boxes: take(REGIONS_AT_ONCE * 16),
    slots: take(REGIONS_AT_ONCE * 4),
    bytes: at,
  };
}

/** Bytes of scratch memory that regions need. */
export function regionBytes(value: RegionTensor): number {
  return layoutOf(value).bytes;
}

/**
 * Brings the feature maps in.
 *
 * @param scratch {@link regionBytes} that are free until the last cut
 * @throws {EngineError} `bad_input` when levels differ in channels, or a region names a level that is not there
 */
export function placeRegions(
  value: RegionTensor,
  scratch: number,
  kernels: Kernels,
  memory: WebAssembly.Memory,
): PlacedRegions {
  const { levels, regions, levelOf, size, sampling } = value;
  const layout = layoutOf(value);
  const channels = levels[0]?.feature.dims[1] ?? 0;
  const pixelBytes = padChannels(channels) * ELEMENT;
  if (levelOf.some((level) => level >= levels.length)) {
    throw new EngineError("bad_input", `a region is cut from a level of ${levels.length} that is not there`);
  }
  for (const [i, { feature }] of levels.entries()) {
    const [batch, own = 0, height = 0, width = 0] = feature.dims;
    if (batch !== 1 || own !== channels || feature.data.length !== own * height * width) {
      throw new EngineError(
        "bad_input",
        `level ${i} is [${feature.dims.join(", ")}], not [1, ${channels}, H, W]`,
      );
    }
    const planes = scratch + layout.planes;
    const pixels = height * width;
    for (let c = 0; c < channels; c += PLANES_AT_ONCE) {
      const count = Math.min(PLANES_AT_ONCE, channels - c);
      const some = feature.data.subarray(c * pixels, (c + count) * pixels);
      new Float32Array(memory.buffer).set(some, planes / ELEMENT);
      const pixel = scratch + layout.levels[i] + c * ELEMENT;
      kernels.toPixelsF32(pixels, count, planes, pixels * ELEMENT, pixel, pixelBytes);
    }
  }
  function cutSome(first: number, count: number, to: number): void {
    const patches = scratch + layout.planes;
    for (const [level, { feature, scale }] of levels.entries()) {
      const chosen: number[] = [];
      for (let n = 0; n < count; n++) if (levelOf[first + n] === level) chosen.push(n);
      const boxes = new Float32Array(memory.buffer, scratch + layout.boxes, chosen.length * 4);
      for (const [i, n] of chosen.entries()) {
        boxes.set(regions.subarray((first + n) * 4, (first + n + 1) * 4), i * 4);
      }
      new Int32Array(memory.buffer, scratch + layout.slots, chosen.length).set(chosen);
      const [, , height = 0, width = 0] = feature.dims;
      kernels.roiAlignF32(
        scratch + layout.levels[level],
        width * pixelBytes,
        pixelBytes,
        height,
        width,
        pixelBytes / ELEMENT,
        chosen.length,
        scratch + layout.boxes,
        scratch + layout.slots,
        scale,
        size,
        sampling,
        patches,
      );
    }
    const bins = size * size;
    for (let n = 0; n < count; n++) {
      const patch = patches + n * bins * pixelBytes;
      kernels.toPlanesF32(
        bins,
        channels,
        patch,
        pixelBytes,
        to + n * channels * bins * ELEMENT,
        bins * ELEMENT,
      );
    }
  }
  return {
    cut(first, count, to) {
      const regionBytes = channels * size * size * ELEMENT;
      for (let n = 0; n < count; n += REGIONS_AT_ONCE) {
        cutSome(first + n, Math.min(REGIONS_AT_ONCE, count - n), to + n * regionBytes);
      }
    },
  };
}
