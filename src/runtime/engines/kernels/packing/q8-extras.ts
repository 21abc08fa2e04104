/**
 * Extra steps of matrices packed in octets: what of the weights would overflow the 16-bit sums of four products (src/kernels/q8-tiles.ts).
 *
 * @module
 */

/** Weights of a sum of four, or of two, of one sign add up to at most this: 255 · 128 < 2^15. */
export const LIMIT = 128;

/** An extra step: four K of 8 columns. */
export interface ExtraStep {
  /** First of the four K. */
  readonly k: number;
  /** `[8 columns][4 K]`. */
  readonly weights: Int8Array;
}

/** Positions of the four weights that meet in a 16-bit sum, from the first on: K 0, 1, 4, 5 or 2, 3, 6, 7 of a column. */
const MEETING = [0, 1, 32, 33];

const NOTHING: readonly ExtraStep[] = [];

/**
 * Takes from eight K × 8 columns what exceeds the limit.
 *
 * @param octet `[2][8 columns][4 K]`, changed in place
 * @param k first K of the octet
 */
export function takeExtras(octet: Int8Array, k: number): readonly ExtraStep[] {
  /** By K within the octet and column: what was taken. Most octets give nothing. */
  let taken: Int16Array | undefined;
  for (let at = 0; at < 32; at += 2) {
    const [a = 0, b = 0, c = 0, d = 0] = [octet[at], octet[at + 1], octet[at + 32], octet[at + 33]];
    const up = Math.max(a, 0) + Math.max(b, 0) + Math.max(c, 0) + Math.max(d, 0);
    const down = up - (a + b + c + d);
    if (up <= LIMIT && down <= LIMIT) continue;
    taken ??= new Int16Array(64);
    if (up > LIMIT) take(octet, taken, at, 1, up - LIMIT);
    if (down > LIMIT) take(octet, taken, at, -1, down - LIMIT);
  }
  return taken ? [...steps(taken.subarray(0, 32), k), ...steps(taken.subarray(32), k + 4)] : NOTHING;
}

/** Takes an excess of one sign from four weights. */
function take(octet: Int8Array, taken: Int16Array, first: number, sign: 1 | -1, excess: number): void {
  const at = (place: number) => sign * (octet[first + place] as number);
  for (let left = excess; left > 0; ) {
    // The largest gives: it has the most to give.
    const place = MEETING.reduce((a, b) => (at(a) >= at(b) ? a : b));
    const part = Math.min(left, at(place));
    octet[first + place] = (octet[first + place] as number) - sign * part;
    taken[first + place] = (taken[first + place] as number) + sign * part;
    left -= part;
  }
}

/** Splits what was taken of four K into steps whose pairs (K 0, 1 and 2, 3) keep to the limit. */
function steps(taken: Int16Array, k: number): ExtraStep[] {
  const result: ExtraStep[] = [];
  for (;;) {
    const weights = new Int8Array(32);
    let any = false;
    for (let pair = 0; pair < 32; pair += 2) {
      // Room for positive and for negative weights.
      let up = LIMIT;
      let down = LIMIT;
      for (let at = pair; at < pair + 2; at++) {
        const value = taken[at] as number;
        if (value === 0) continue;
        const part = Math.max(-Math.min(down, 127), Math.min(value, up, 127));
        if (part > 0) up -= part;
        else down += part;
        weights[at] = part;
        taken[at] = value - part;
        any ||= part !== 0;
      }
    }
    if (!any) return result;
    result.push({ k, weights });
  }
}
