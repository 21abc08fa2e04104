/**
 * Inverse DCTs to fewer samples (libjpeg: jidctred.c): each is the full one with neighbouring outputs averaged and then
 * simplified, so that only some of the coefficients are needed.
 *
 * @module
 */

/** Results of the first pass: four (or two) rows of eight. */
const pass1 = new Int32Array(32);

/** 2^13 times the constants' values. */
const FIX_0_211164243 = 1730;
const FIX_0_509795579 = 4176;
const FIX_0_601344887 = 4926;
const FIX_0_720959822 = 5906;
const FIX_0_765366865 = 6270;
const FIX_0_850430095 = 6967;
const FIX_0_899976223 = 7373;
const FIX_1_061594337 = 8697;
const FIX_1_272758580 = 10426;
const FIX_1_451774981 = 11893;
const FIX_1_847759065 = 15137;
const FIX_2_172734803 = 17799;
const FIX_2_562915447 = 20995;
const FIX_3_624509785 = 29692;

/** Coefficients that {@link idct4} reads: all but those of row and column 4. */
export function idct4Reads(natural: number): boolean {
  return (natural & 7) !== 4 && natural >> 3 !== 4;
}

/** Coefficients that {@link idct2} reads: those of row and column 0 and of odd rows and columns. */
export function idct2Reads(natural: number): boolean {
  const x = natural & 7;
  const y = natural >> 3;
  return (x === 0 || (x & 1) === 1) && (y === 0 || (y & 1) === 1);
}

/**
 * Transforms a block to 4×4 samples (`jpeg_idct_4x4`).
 *
 * @param block - 64 dequantized coefficients in natural order
 * @param out - where the samples go
 * @param at - offset of the first
 * @param stride - offset between rows
 */
export function idct4(block: Int16Array, out: Uint8ClampedArray, at: number, stride: number): void {
  for (let x = 0; x < 8; x++) {
    if (x === 4) continue;
    const c1 = block[x + 8];
    const c2 = block[x + 16];
    const c3 = block[x + 24];
    const c5 = block[x + 40];
    const c6 = block[x + 48];
    const c7 = block[x + 56];
    if ((c1 | c2 | c3 | c5 | c6 | c7) === 0) {
      const dc = block[x] << 2;
      pass1[x] = dc;
      pass1[x + 8] = dc;
      pass1[x + 16] = dc;
      pass1[x + 24] = dc;
      continue;
    }
    const dc = (block[x] << 14) + (1 << 11);
    const e = Math.imul(c2, FIX_1_847759065) - Math.imul(c6, FIX_0_765366865);
    const even0 = dc + e;
    const even1 = dc - e;
    const odd1 =
      Math.imul(c7, -FIX_0_211164243) +
      Math.imul(c5, FIX_1_451774981) +
      Math.imul(c3, -FIX_2_172734803) +
      Math.imul(c1, FIX_1_061594337);
    const odd0 =
      Math.imul(c7, -FIX_0_509795579) +
      Math.imul(c5, -FIX_0_601344887) +
      Math.imul(c3, FIX_0_899976223) +
      Math.imul(c1, FIX_2_562915447);
    pass1[x] = (even0 + odd0) >> 12;
    pass1[x + 24] = (even0 - odd0) >> 12;
    pass1[x + 8] = (even1 + odd1) >> 12;
    pass1[x + 16] = (even1 - odd1) >> 12;
  }
  for (let y = 0; y < 32; y += 8) {
    const c1 = pass1[y + 1];
    const c3 = pass1[y + 3];
    const c5 = pass1[y + 5];
    const c7 = pass1[y + 7];
    const dc = (pass1[y] << 14) + (128 << 19) + (1 << 18);
    const e = Math.imul(pass1[y + 2], FIX_1_847759065) - Math.imul(pass1[y + 6], FIX_0_765366865);
    const even0 = dc + e;
    const even1 = dc - e;
    const odd1 =
      Math.imul(c7, -FIX_0_211164243) +
      Math.imul(c5, FIX_1_451774981) +
      Math.imul(c3, -FIX_2_172734803) +
      Math.imul(c1, FIX_1_061594337);
    const odd0 =
      Math.imul(c7, -FIX_0_509795579) +
      Math.imul(c5, -FIX_0_601344887) +
      Math.imul(c3, FIX_0_899976223) +
      Math.imul(c1, FIX_2_562915447);
    out[at] = (even0 + odd0) >> 19;
    out[at + 3] = (even0 - odd0) >> 19;
    out[at + 1] = (even1 + odd1) >> 19;
    out[at + 2] = (even1 - odd1) >> 19;
    at += stride;
  }
}

/**
 * Transforms a block to 2×2 samples (`jpeg_idct_2x2`); parameters as for {@link idct4}.
 */
export function idct2(block: Int16Array, out: Uint8ClampedArray, at: number, stride: number): void {
  for (let x = 0; x < 8; x++) {
    if (x !== 0 && (x & 1) === 0) continue;
    const c1 = block[x + 8];
    const c3 = block[x + 24];
    const c5 = block[x + 40];
    const c7 = block[x + 56];
    const even = (block[x] << 15) + (1 << 12);
    const odd =
      Math.imul(c7, -FIX_0_720959822) +
      Math.imul(c5, FIX_0_850430095) +
      Math.imul(c3, -FIX_1_272758580) +
      Math.imul(c1, FIX_3_624509785);
    pass1[x] = (even + odd) >> 13;
    pass1[x + 8] = (even - odd) >> 13;
  }
  for (let y = 0; y < 16; y += 8) {
    const even = (pass1[y] << 15) + (128 << 20) + (1 << 19);
    const odd =
      Math.imul(pass1[y + 7], -FIX_0_720959822) +
      Math.imul(pass1[y + 5], FIX_0_850430095) +
      Math.imul(pass1[y + 3], -FIX_1_272758580) +
      Math.imul(pass1[y + 1], FIX_3_624509785);
    out[at] = (even + odd) >> 20;
    out[at + 1] = (even - odd) >> 20;
    at += stride;
  }
}
