/**
 * Guesses coefficients that a progressive file broke off before, from the DC of the blocks around (libjpeg-turbo:
 * `decompress_smooth_data` in jdcoefct.c, after T.81, K.8). Complete files have nothing to guess.
 *
 * @module
 */
import type { Coefficients } from "./coefficients.ts";
import type { Scans } from "./multi-scan.ts";
import { NATURAL_ORDER } from "./zigzag.ts";

/** The coefficients that are guessed are the first in zigzag order, up to this one. */
const LAST_GUESSED = 9;

/** What smoothing needs to know of a component. */
export interface Smoothing {
  readonly coefficients: Coefficients;
  readonly quantizers: Int32Array;
  /** By coefficient, the lowest bit that is known (-1: nothing is); and the same further down than the last scan reached. */
  readonly bits: Int8Array;
  readonly bitsBelow: Int8Array;
  /** The last row of MCUs that the last scan reached. */
  readonly lastGoodBand: number;
  /** Rows of MCUs. */
  readonly bands: number;
}

/**
 * Weights of the 5×5 DCs around a block, row by row, for the k-th coefficient (from 1 on), where some AC coefficients are
 * known.
 */
const WITH_AC: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, -7, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, -50, 0, 0, 0, 0, 7, 0, 0],
  [0, 0, -1, 0, 0, 0, 0, 13, 0, 0, 0, 0, -24, 0, 0, 0, 0, 13, 0, 0, 0, 0, -1, 0, 0],
  [0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0],
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
];

/** The same where DC is all there is: a Gaussian-like kernel, which also smooths the DC itself. */
const DC_ALONE: readonly (readonly number[])[] = [
  [-1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1],
  [-1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1],
  [0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0],
  [-1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1],
  [0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, -3, 0, 3, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, -1, -2, -1, 0, 0, 0, 0, 0, 0],
];

/** Of DC itself, where it is all there is. */
const DC_ITSELF: readonly number[] = [
  ...[-2, -6, -8, -6, -2],
  ...[-6, 6, 42, 6, -6],
  ...[-8, 42, 152, 42, -8],
  ...[-6, 6, 42, 6, -6],
  ...[-2, -6, -8, -6, -2],
];

/** Nothing known. */
const NOTHING = new Int8Array(64).fill(-1);

/**
 * Prepares smoothing where there is something to guess, and all that it takes is known (`smoothing_ok`).
 *
 * @param bands - rows of MCUs
 * @returns one for each component, or none
 */
export function createSmoothing(scans: Scans, bands: number): Smoothing[] {
  const { components, count, lastGoodBand } = scans;
  const smoothing: Smoothing[] = [];
  let useful = false;
  for (const { coefficients, precision, quantizers } of components) {
    const { bits, before } = precision;
    if (!quantizers || bits[0] < 0 || quantizers.subarray(0, LAST_GUESSED + 1).includes(0)) return [];
    useful ||= bits.subarray(1, LAST_GUESSED + 1).some((bit) => bit !== 0);
    const bitsBelow = count > 1 ? before : NOTHING;
    smoothing.push({ coefficients, quantizers, bits, bitsBelow, lastGoodBand, bands });
  }
  return useful ? smoothing : [];
}

/** The 5×5 DCs around the block at hand. */
const around = new Int32Array(25);

/**
 * Guesses what is missing in a block.
 *
 * @param row - of blocks, as `column`
 * @param block - its coefficients in natural order, not dequantized
 */
export function smoothBlock(smoothing: Smoothing, row: number, column: number, block: Int16Array): void {
  const { coefficients, quantizers, lastGoodBand } = smoothing;
  const band = Math.floor(row / coefficients.layout.v);
  const bits = band > lastGoodBand ? smoothing.bitsBelow : smoothing.bits;
  let dcAlone = true;
  for (let k = 1; k <= LAST_GUESSED; k++) if (bits[k] !== -1) dcAlone = false;
  // Among equal neighbours every guess is 0, and DC stays what it is.
  if (!gather(smoothing, band, row, column)) return;
  const kernels = dcAlone ? DC_ALONE : WITH_AC;
  for (let k = 1; k <= (coefficients.slots > 1 ? kernels.length : 0); k++) {
    const at = NATURAL_ORDER[k];
    if (bits[k] === 0 || block[at] !== 0) continue;
    const guess = weigh(kernels[k - 1], quantizers[0], quantizers[k]);
    // What is known is that the coefficient is smaller than the lowest bit that was coded.
    const most = bits[k] > 0 ? (1 << bits[k]) - 1 : Infinity;
    block[at] = Math.max(-most, Math.min(guess, most));
  }
  if (dcAlone) block[0] = weigh(DC_ITSELF, quantizers[0], quantizers[0]);
}

/** The weighted sum of the DCs in units of the coefficient's quantizer, rounded; kernels are scaled by 256. */
function weigh(kernel: readonly number[], dcQuantizer: number, quantizer: number): number {
  let sum = 0;
  for (let i = 0; i < 25; i++) sum += kernel[i] * around[i];
  const scaled = Math.floor((128 * quantizer + Math.abs(sum) * dcQuantizer) / (256 * quantizer));
  return sum < 0 ? -scaled : scaled;
}

/**
 * Collects the DCs around a block; beyond the picture's edge those at the edge count again.
 *
 * @returns whether they differ
 */
function gather(smoothing: Smoothing, band: number, row: number, column: number): boolean {
  const { coefficients, bands } = smoothing;
  const { values, slots, layout } = coefficients;
  const { v, blocksWide, blocksHigh, paddedBlocksWide } = layout;
  // libjpeg numbers the rows of the last band by the rows that it has, and so may miss the second row above.
  const rows = band === bands - 1 ? ((blocksHigh - 1) % v) + 1 : v;
  const numbered = band * rows + (row % v);
  const above = Math.min(2, numbered);
  const below = Math.min(2, rows * bands - 1 - numbered);
  const own = values[(row * paddedBlocksWide + column) * slots];
  let differences = 0;
  for (let dy = -2; dy <= 2; dy++) {
    const y = row + Math.max(-above, Math.min(dy, below));
    for (let dx = -2; dx <= 2; dx++) {
      const x = Math.max(0, Math.min(column + dx, blocksWide - 1));
      const dc = values[(y * paddedBlocksWide + x) * slots];
      differences |= dc ^ own;
      around[(dy + 2) * 5 + dx + 2] = dc;
    }
  }
  return differences !== 0;
}
