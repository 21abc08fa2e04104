/**
 * From kept coefficients to samples, a band at a time (libjpeg: `decompress_data` in jdcoefct.c).
 *
 * @module
 */
import { loadBlock } from "./coefficients.ts";
import type { Crop } from "./crop.ts";
import { transform } from "./idct.ts";
import type { ScannedComponent } from "./multi-scan.ts";
import { blockRowOffset, type Plane } from "./planes.ts";
import { UNIT_QUANTIZERS } from "./quantizers.ts";
import { type Smoothing, smoothBlock } from "./smoothing.ts";
import { NATURAL_ORDER } from "./zigzag.ts";

/** Of components that no scan had: whatever they are multiplied with, it is nothing. */
const NO_QUANTIZERS = new Int32Array(NATURAL_ORDER.length);

/**
 * Transforms a row of MCUs of a component, as far as it lies in the crop.
 *
 * @param smoothing - how to guess what the file does not say, where it breaks off
 * @param band - its number, from 0
 * @param block - scratch: 64 zeros, before and after
 */
export function transformBand(
  component: ScannedComponent,
  smoothing: Smoothing | undefined,
  plane: Plane,
  crop: Crop,
  band: number,
  block: Int16Array,
): void {
  const { coefficients, quantizers = NO_QUANTIZERS } = component;
  if (band < crop.firstBand || band >= crop.endBand) return;
  const { h, v, dctSize, blocksWide, blocksHigh, paddedBlocksWide } = coefficients.layout;
  const first = crop.firstMcu * h;
  const end = Math.min(blocksWide, crop.endMcu * h);
  for (let row = band * v; row < Math.min((band + 1) * v, blocksHigh); row++) {
    let at = blockRowOffset(plane, row) + first * dctSize;
    for (let column = first; column < end; column++, at += dctSize) {
      const index = row * paddedBlocksWide + column;
      const last = smoothing
        ? loadSmoothed(smoothing, index, row, column, block)
        : loadBlock(coefficients, index, quantizers, block);
      transform(block, last, dctSize, plane.samples, at, plane.stride);
    }
  }
}

/** As {@link loadBlock}, with what is guessed; that can be any coefficient, so the last is returned. */
function loadSmoothed(
  smoothing: Smoothing,
  index: number,
  row: number,
  column: number,
  block: Int16Array,
): number {
  const { coefficients, quantizers } = smoothing;
  loadBlock(coefficients, index, UNIT_QUANTIZERS, block);
  smoothBlock(smoothing, row, column, block);
  for (let k = 0; k < 64; k++) block[NATURAL_ORDER[k]] *= quantizers[k];
  return coefficients.slots > 1 ? 63 : 0;
}
