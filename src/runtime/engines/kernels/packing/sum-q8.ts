/**
 * Finds factors with which integers add bytes as floats and a division do.
 *
 * @module
 */
import type { Kernels } from "../module.ts";

/** What `addQ8` takes: zero point and scale of a, then of b, scale and zero point of y, bounds relative to it. */
export type SumTerms = readonly [
  zeroA: number,
  scaleA: number,
  zeroB: number,
  scaleB: number,
  scale: number,
  zero: number,
  lo: number,
  hi: number,
];

/** What `addFixedQ8` takes. */
export type SumFactors = readonly [factorA: number, factorB: number, offset: number];

/** Factors must be smaller: of their 16 upper bits, 13 are behind the point. */
const FACTOR_LIMIT = 4;

/**
 * How far the offset and a factor are moved, in turn, until all is right: some pair of bytes may come so close to a tie that the rounding of single floats
 * decides (of 65,536 at distances of 2^-16 or more; a float near 255 is rounded to 2^-16).
 */
const OFFSET_STEP = 2 ** -18;
const FACTOR_STEP = 2 ** -24;
const NUDGES = [0, 1, -1, 2, -2, 3, -3, 4, -4];

/** Factors that are right for every pair of bytes; undefined where none are found: for scales with true ties, for instance. */
export function sumFactors(kernels: Kernels, terms: SumTerms): SumFactors | undefined {
  const [zeroA, scaleA, zeroB, scaleB, scale, zero] = terms.map(Math.fround) as unknown as SumTerms;
  const [a, b] = [scaleA / scale, scaleB / scale];
  if (!(Math.abs(a) < FACTOR_LIMIT && Math.abs(b) < FACTOR_LIMIT)) return undefined;
  // Half a step, so that rounding down rounds to the nearest.
  const offset = zero + 0.5 - zeroA * a - zeroB * b;
  for (const far of NUDGES) {
    for (const wide of NUDGES) {
      const factors = [a * (1 + far * FACTOR_STEP), b, offset + wide * OFFSET_STEP] as const;
      if (kernels.addFitsQ8(...terms, ...factors)) return factors;
    }
  }
  return undefined;
}
