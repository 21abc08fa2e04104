/**
 * Decoding a part of the picture: which MCUs it takes (libjpeg-turbo: `jpeg_crop_scanline` and `jpeg_skip_scanlines` in
 * jdapistd.c). All entropy-coded data are read all the same, since each block's DC depends on the one before.
 *
 * @module
 */
import type { Region } from "../types.ts";
import type { ComponentLayout, Layout } from "./scale.ts";

/** Pixels that triangle filters look beyond a pixel: one sample of a component of half the width and height. */
const CONTEXT = 2;

/** A part of the picture in whole MCUs, and the rows of pixels that are given of it. */
export interface Crop {
  /** MCUs of a band that are made samples, `[firstMcu, endMcu)`. */
  readonly firstMcu: number;
  readonly endMcu: number;
  /** Bands that are, `[firstBand, endBand)`. */
  readonly firstBand: number;
  readonly endBand: number;
  /** Columns and rows of pixels that are made of them. */
  readonly region: Region;
}

/** The part of the picture that a region takes, so that its pixels are those of the whole picture. */
export function cropTo(layout: Layout, region: Region | undefined): Crop {
  const { width, height, mcusWide, mcusHigh, mcuWidth, bandHeight } = layout;
  const { left, right, top, bottom } = region ?? { left: 0, right: width, top: 0, bottom: height };
  const firstMcu = Math.max(0, Math.floor((left - CONTEXT) / mcuWidth));
  const endMcu = Math.min(mcusWide, Math.ceil((right + CONTEXT) / mcuWidth));
  return {
    firstMcu,
    endMcu,
    firstBand: Math.max(0, Math.floor((top - CONTEXT) / bandHeight)),
    endBand: Math.min(mcusHigh, Math.ceil((bottom + CONTEXT) / bandHeight)),
    region: { left: firstMcu * mcuWidth, right: Math.min(width, endMcu * mcuWidth), top, bottom },
  };
}

/** The columns of a component's samples that lie in a crop, `[from, to)`. */
export function samplesOf(crop: Crop, { h, dctSize, width }: ComponentLayout): { from: number; to: number } {
  return { from: crop.firstMcu * h * dctSize, to: Math.min(width, crop.endMcu * h * dctSize) };
}
