/**
 * Decoding at a fraction of the size: which fraction, and what it makes of each component (libjpeg: jdmaster.c).
 *
 * @module
 */
import type { Frame } from "./frame.ts";

/** What the picture's sides are divided by. Each is an inverse DCT to 8, 4, 2 or 1 samples a side instead of 8. */
export type ScaleDenominator = 1 | 2 | 4 | 8;

/** Samples a side that the inverse DCT of a block gives. */
export type DctSize = 1 | 2 | 4 | 8;

/** How a component's samples become a full row of pixels; the names are those of jdsample.c. */
type UpsampleMethod = "fullsize" | "h2v1" | "h2v1 fancy" | "h1v2 fancy" | "h2v2 fancy" | "box";

/** A component at the chosen scale. */
export interface ComponentLayout {
  readonly index: number;
  readonly h: number;
  readonly v: number;
  readonly dctSize: DctSize;
  /** Blocks that hold picture, without those that only complete an MCU. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  /** Blocks in a row of complete MCUs. */
  readonly paddedBlocksWide: number;
  readonly paddedBlocksHigh: number;
  /** Samples that hold picture. */
  readonly width: number;
  readonly height: number;
  readonly method: UpsampleMethod;
  /** Pixels a sample, in each direction; not always whole. */
  readonly expandX: number;
  readonly expandY: number;
}

/** The picture at the chosen scale. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Samples a side of a block of the component with the largest sampling factors. */
  readonly dctSize: DctSize;
  /** MCUs of a scan of all components. */
  readonly mcusWide: number;
  readonly mcusHigh: number;
  /** Columns of pixels in an MCU. */
  readonly mcuWidth: number;
  /** Rows of pixels in a row of MCUs. */
  readonly bandHeight: number;
  readonly components: readonly ComponentLayout[];
  /** Some component's rows depend on the rows above and below. */
  readonly needsContext: boolean;
}

/**
 * The largest denominator at which the picture is still not smaller than asked.
 *
 * @param header - the picture's stored size
 * @param minSize - the smallest useful stored size; left out: no scaling
 * @example
 * chooseScale({ width: 4000, height: 3000 }, { width: 341, height: 256 }); // 8: 500 × 375
 */
export function chooseScale(
  header: { readonly width: number; readonly height: number },
  minSize: { readonly width: number; readonly height: number } | undefined,
): ScaleDenominator {
  if (!minSize) return 1;
  for (const denominator of [8, 4, 2] as const) {
    const width = Math.ceil(header.width / denominator);
    const height = Math.ceil(header.height / denominator);
    if (width >= minSize.width && height >= minSize.height) return denominator;
  }
  return 1;
}

/**
 * Lays a frame out at a scale, as `jpeg_calc_output_dimensions` does. A component whose sampling allows it is decoded at a
 * larger scale than the others, so that it needs no upsampling: the chroma of a 4:2:0 photo at 1/2 is decoded at full scale.
 */
export function layOut(frame: Frame, denominator: ScaleDenominator): Layout {
  const { maxH, maxV } = frame;
  const dctSize = (8 / denominator) as DctSize;
  const mcusWide = Math.ceil(frame.width / (8 * maxH));
  const mcusHigh = Math.ceil(frame.height / (8 * maxV));
  const components = frame.components.map(({ h, v }, index): ComponentLayout => {
    let size: number = dctSize;
    while (size < 8 && (maxH * dctSize) % (h * size * 2) === 0 && (maxV * dctSize) % (v * size * 2) === 0)
      size *= 2;
    const width = Math.ceil((frame.width * h * size) / (maxH * 8));
    const expandX = (maxH * dctSize) / (h * size);
    const expandY = (maxV * dctSize) / (v * size);
    return {
      index,
      h,
      v,
      dctSize: size as DctSize,
      blocksWide: Math.ceil((frame.width * h) / (maxH * 8)),
      blocksHigh: Math.ceil((frame.height * v) / (maxV * 8)),
      paddedBlocksWide: mcusWide * h,
      paddedBlocksHigh: mcusHigh * v,
      width,
      height: Math.ceil((frame.height * v * size) / (maxV * 8)),
      method: chooseMethod(expandX, expandY, width, dctSize),
      expandX,
      expandY,
    };
  });
  return {
    width: Math.ceil(frame.width / denominator),
    height: Math.ceil(frame.height / denominator),
    dctSize,
    mcusWide,
    mcusHigh,
    mcuWidth: maxH * dctSize,
    bandHeight: maxV * dctSize,
    components,
    needsContext: components.some(({ method }) => method === "h1v2 fancy" || method === "h2v2 fancy"),
  };
}

/** `jinit_upsampler` of jdsample.c: triangle filters for the usual samplings, repetition for all others. */
function chooseMethod(expandX: number, expandY: number, width: number, dctSize: DctSize): UpsampleMethod {
  // libjpeg keeps no neighbouring rows at 1/8, so nothing is smoothed there.
  const fancy = dctSize > 1;
  if (expandX === 1 && expandY === 1) return "fullsize";
  if (expandX === 2 && expandY === 1) return fancy && width > 2 ? "h2v1 fancy" : "h2v1";
  if (expandX === 1 && expandY === 2 && fancy) return "h1v2 fancy";
  if (expandX === 2 && expandY === 2 && fancy && width > 2) return "h2v2 fancy";
  return "box";
}
