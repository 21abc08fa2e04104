/**
 * From kept coefficients to samples, a band at a time (libjpeg: `decompress_data` in jdcoefct.c).
 *
 * @module
 */
import { loadBlock } from "./coefficients.ts";
import { transform } from "./idct.ts";
import type { ScannedComponent } from "./multi-scan.ts";
import { blockRowOffset, type Plane } from "./planes.ts";
import { NATURAL_ORDER } from "./zigzag.ts";

/** One block; zeros whenever no block is being transformed. */
const block = new Int16Array(64);

/** Of components that no scan had: whatever they are multiplied with, it is nothing. */
const NO_QUANTIZERS = new Int32Array(NATURAL_ORDER.length);

/**
 * Transforms a row of MCUs of a component.
 *
 * @param band - its number, from 0
 */
export function transformBand(component: ScannedComponent, plane: Plane, band: number): void {
  const { coefficients, quantizers = NO_QUANTIZERS } = component;
  const { v, dctSize, blocksWide, blocksHigh, paddedBlocksWide } = coefficients.layout;
  for (let row = band * v; row < Math.min((band + 1) * v, blocksHigh); row++) {
    let at = blockRowOffset(plane, row);
    for (let column = 0; column < blocksWide; column++, at += dctSize) {
      const last = loadBlock(coefficients, row * paddedBlocksWide + column, quantizers, block);
      transform(block, last, dctSize, plane.samples, at, plane.stride);
    }
  }
}
