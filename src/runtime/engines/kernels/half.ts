/**
 * Half-precision numbers (IEEE 754 binary16), as weights may be stored. Kernels widen many at a time (`widenF16`).
 *
 * @module
 */

/** Widens one binary16 number, given by its bits. Exact for every one of the 65,536. */
export function widenHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
