/**
 * How exactly each coefficient of a progressive file is known so far (libjpeg: `start_pass_phuff_decoder` in jdphuff.c).
 *
 * @module
 */
import type { ScanHeader } from "./frame.ts";
import { broken } from "./tables.ts";
import { type Warnings, warnOfDamage } from "./warnings.ts";

/** Of one component, by coefficient in zigzag order: the lowest bit that is known; -1: nothing is. */
export interface Precision {
  readonly bits: Int8Array;
  /** The same before the component's last scan; zeros where that was the file's first. */
  readonly before: Int8Array;
}

/** Nothing known. */
export function createPrecision(): Precision {
  return { bits: new Int8Array(64).fill(-1), before: new Int8Array(64) };
}

/**
 * Checks a scan of a progressive file and notes what it will make known. A scan out of order is decoded all the same.
 *
 * @param precisions - of all components of the frame
 * @param number - of the scan in the file, from 1
 * @throws {CodecError} `broken`, where the parameters make no sense
 */
export function noteScan(
  precisions: readonly Precision[],
  scan: ScanHeader,
  number: number,
  warnings: Warnings,
): void {
  const { spectralStart, spectralEnd, approximationHigh: high, approximationLow: low } = scan;
  const isDc = spectralStart === 0;
  const badBand = isDc
    ? spectralEnd !== 0
    : spectralStart > spectralEnd || spectralEnd > 63 || scan.components.length > 1;
  // 13 is T.81's limit (table B.3).
  if (badBand || low > 13 || (high !== 0 && low !== high - 1)) {
    throw broken(
      `a progressive scan of coefficients ${spectralStart} to ${spectralEnd}, bits ${high} to ${low}`,
    );
  }
  for (const { index } of scan.components) {
    const { bits, before } = precisions[index];
    if (number > 1) before.set(bits);
    if (!isDc && bits[0] < 0) warnOfDamage(warnings, "an AC scan before the DC scan");
    for (let k = spectralStart; k <= spectralEnd; k++) {
      if (high !== Math.max(bits[k], 0)) warnOfDamage(warnings, "scans out of order");
      bits[k] = low;
    }
  }
}
