const { fround } = Math;

/** How far, in units in the last place, a scale may be moved: far below what 8 bits can tell. */
const MAX_NUDGE = 4;

/**
 * The scale, up to four units in the last place beside torch's, by which QuantizeLinear rounds most pairs of bytes as QNNPACK does; the
 * nearest one of several.
 *
 * @param countMismatches of the 256 × 256 pairs, with a scale
 */
export function roundingScale(scale: number, countMismatches: (scale: number) => number): number {
  const nudges = Array.from({ length: 2 * MAX_NUDGE + 1 }, (_, i) => i - MAX_NUDGE);
  nudges.sort((x, y) => Math.abs(x) - Math.abs(y));
  let best = { scale: fround(scale), mismatches: Number.POSITIVE_INFINITY };
  for (const nudge of nudges) {
    const candidate = moved(scale, nudge);
    const mismatches = countMismatches(candidate);
    if (mismatches < best.mismatches) best = { scale: candidate, mismatches };
    if (mismatches === 0) break;
  }
  return best.scale;
}

/** A float32 number, some units in the last place away. */
function moved(value: number, units: number): number {
  const word = new DataView(new ArrayBuffer(4));
  word.setFloat32(0, value);
  word.setInt32(0, word.getInt32(0) + units);
  return word.getFloat32(0);
}
