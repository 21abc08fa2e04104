/**
 * The accurate integer inverse DCT (libjpeg: `jpeg_idct_islow` in jidctint.c): Loeffler, Ligtenberg and Moschytz,
 * "Practical Fast 1-D DCT Algorithms with 11 Multiplications", ICASSP 1989.
 *
 * Constants are scaled by 2^13, the first pass leaves results scaled by 2^2. All arithmetic is on 32-bit integers, so the
 * results are libjpeg's to the bit.
 *
 * @module
 */

/** Results of the first pass, row-major. */
const pass1 = new Int32Array(64);

/**
 * Transforms a block.
 *
 * @param block - 64 dequantized coefficients in natural order
 * @param out - where the 8×8 samples go
 * @param at - offset of the first
 * @param stride - offset between rows
 */
export function idct8(block: Int16Array, out: Uint8ClampedArray, at: number, stride: number): void {
  // 2^13 times the names' values. Here rather than in the module, where the compiler could not count on them.
  const FIX_0_298631336 = 2446;
  const FIX_0_390180644 = 3196;
  const FIX_0_541196100 = 4433;
  const FIX_0_765366865 = 6270;
  const FIX_0_899976223 = 7373;
  const FIX_1_175875602 = 9633;
  const FIX_1_501321110 = 12299;
  const FIX_1_847759065 = 15137;
  const FIX_1_961570560 = 16069;
  const FIX_2_053119869 = 16819;
  const FIX_2_562915447 = 20995;
  const FIX_3_072711026 = 25172;
  // Rounding, and in the second pass the level shift by 128 too.
  const ROUND_1 = 1 << 10;
  const ROUND_2 = (128 << 18) + (1 << 17);
  const between = pass1;
  for (let x = 0; x < 8; x++) {
    const c1 = block[x + 8];
    const c2 = block[x + 16];
    const c3 = block[x + 24];
    const c4 = block[x + 32];
    const c5 = block[x + 40];
    const c6 = block[x + 48];
    const c7 = block[x + 56];
    if ((c1 | c2 | c3 | c4 | c5 | c6 | c7) === 0) {
      const dc = block[x] << 2;
      between[x] = dc;
      between[x + 8] = dc;
      between[x + 16] = dc;
      between[x + 24] = dc;
      between[x + 32] = dc;
      between[x + 40] = dc;
      between[x + 48] = dc;
      between[x + 56] = dc;
      continue;
    }
    const e1 = Math.imul(c2 + c6, FIX_0_541196100);
    const e2 = e1 - Math.imul(c6, FIX_1_847759065);
    const e3 = e1 + Math.imul(c2, FIX_0_765366865);
    const e0 = (block[x] + c4) << 13;
    const e4 = (block[x] - c4) << 13;
    const even0 = e0 + e3 + ROUND_1;
    const even3 = e0 - e3 + ROUND_1;
    const even1 = e4 + e2 + ROUND_1;
    const even2 = e4 - e2 + ROUND_1;
    const z5 = Math.imul(c7 + c3 + c5 + c1, FIX_1_175875602);
    const z1 = Math.imul(c7 + c1, -FIX_0_899976223);
    const z2 = Math.imul(c5 + c3, -FIX_2_562915447);
    const z3 = Math.imul(c7 + c3, -FIX_1_961570560) + z5;
    const z4 = Math.imul(c5 + c1, -FIX_0_390180644) + z5;
    const odd0 = Math.imul(c7, FIX_0_298631336) + z1 + z3;
    const odd1 = Math.imul(c5, FIX_2_053119869) + z2 + z4;
    const odd2 = Math.imul(c3, FIX_3_072711026) + z2 + z3;
    const odd3 = Math.imul(c1, FIX_1_501321110) + z1 + z4;
    between[x] = (even0 + odd3) >> 11;
    between[x + 56] = (even0 - odd3) >> 11;
    between[x + 8] = (even1 + odd2) >> 11;
    between[x + 48] = (even1 - odd2) >> 11;
    between[x + 16] = (even2 + odd1) >> 11;
    between[x + 40] = (even2 - odd1) >> 11;
    between[x + 24] = (even3 + odd0) >> 11;
    between[x + 32] = (even3 - odd0) >> 11;
  }
  for (let y = 0; y < 64; y += 8) {
    const c0 = between[y];
    const c1 = between[y + 1];
    const c2 = between[y + 2];
    const c3 = between[y + 3];
    const c4 = between[y + 4];
    const c5 = between[y + 5];
    const c6 = between[y + 6];
    const c7 = between[y + 7];
    const e1 = Math.imul(c2 + c6, FIX_0_541196100);
    const e2 = e1 - Math.imul(c6, FIX_1_847759065);
    const e3 = e1 + Math.imul(c2, FIX_0_765366865);
    const e0 = ((c0 + c4) << 13) + ROUND_2;
    const e4 = ((c0 - c4) << 13) + ROUND_2;
    const even0 = e0 + e3;
    const even3 = e0 - e3;
    const even1 = e4 + e2;
    const even2 = e4 - e2;
    const z5 = Math.imul(c7 + c3 + c5 + c1, FIX_1_175875602);
    const z1 = Math.imul(c7 + c1, -FIX_0_899976223);
    const z2 = Math.imul(c5 + c3, -FIX_2_562915447);
    const z3 = Math.imul(c7 + c3, -FIX_1_961570560) + z5;
    const z4 = Math.imul(c5 + c1, -FIX_0_390180644) + z5;
    const odd0 = Math.imul(c7, FIX_0_298631336) + z1 + z3;
    const odd1 = Math.imul(c5, FIX_2_053119869) + z2 + z4;
    const odd2 = Math.imul(c3, FIX_3_072711026) + z2 + z3;
    const odd3 = Math.imul(c1, FIX_1_501321110) + z1 + z4;
    out[at] = (even0 + odd3) >> 18;
    out[at + 7] = (even0 - odd3) >> 18;
    out[at + 1] = (even1 + odd2) >> 18;
    out[at + 6] = (even1 - odd2) >> 18;
    out[at + 2] = (even2 + odd1) >> 18;
    out[at + 5] = (even2 - odd1) >> 18;
    out[at + 3] = (even3 + odd0) >> 18;
    out[at + 4] = (even3 - odd0) >> 18;
    at += stride;
  }
}
