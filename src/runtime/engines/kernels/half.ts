/**
 * Half-precision numbers (IEEE 754 binary16), as weights may be stored.
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

/**
 * Widens binary16 numbers. Their exponent and fraction become those of a float 2^-112 too small (the biases are 15 and 127), which one exact
 * product puts right, subnormals included.
 */
export function widenHalves(bits: Uint16Array, target: Float32Array): void {
  const words = new Uint32Array(target.buffer, target.byteOffset, target.length);
  const scale = 2 ** 112;
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i];
    if ((half & 0x7c00) === 0x7c00) {
      target[i] = widenHalf(half);
      continue;
    }
    words[i] = (half & 0x7fff) << 13;
    target[i] *= half & 0x8000 ? -scale : scale;
  }
}
