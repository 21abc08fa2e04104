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

/**
 * Takes from eight K × 8 columns what exceeds the limit.
 *
 * @param octet `[2][8 columns][4 K]`, changed in place
 * @param k first K of the octet
 */
export function takeExtras(octet: Int8Array, k: number): ExtraStep[] {
  /** By K within the octet and column: what was taken. */
  const taken = new Int16Array(64);
  let any = false;
  for (let column = 0; column < 8; column++) {
    // The 16-bit sums hold K 0, 1, 4, 5 and 2, 3, 6, 7.
    for (const group of [0, 2]) {
      const places = [0, 1, 32, 33].map((place) => place + column * 4 + group);
      for (const sign of [1, -1]) {
        let excess = places.reduce((sum, at) => sum + Math.max(0, sign * (octet[at] as number)), 0) - LIMIT;
        while (excess > 0) {
          // The largest gives: it has the most to give.
          const at = places.reduce((a, b) =>
            sign * (octet[a] as number) >= sign * (octet[b] as number) ? a : b,
          );
          const part = Math.min(excess, sign * (octet[at] as number));
          octet[at] = (octet[at] as number) - sign * part;
          taken[at] = (taken[at] as number) + sign * part;
          excess -= part;
          any = true;
        }
      }
    }
  }
  if (!any) return [];
  return [...steps(taken.subarray(0, 32), k), ...steps(taken.subarray(32), k + 4)];
}

/** Splits what was taken of four K into steps whose pairs (K 0, 1 and 2, 3) keep to the limit. */
function steps(taken: Int16Array, k: number): ExtraStep[] {
  const result: ExtraStep[] = [];
  while (taken.some((value) => value !== 0)) {
    const weights = new Int8Array(32);
    for (let pair = 0; pair < 32; pair += 2) {
      let room = [LIMIT, LIMIT];
      for (const at of [pair, pair + 1]) {
        const value = taken[at] as number;
        const side = value > 0 ? 0 : 1;
        const part = Math.min(Math.abs(value), room[side] as number, 127);
        room = room.map((left, i) => (i === side ? left - part : left));
        weights[at] = Math.sign(value) * part;
        taken[at] = value - (weights[at] as number);
      }
    }
    result.push({ k, weights });
  }
  return result;
}
