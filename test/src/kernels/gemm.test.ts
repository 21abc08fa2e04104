import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { widenHalf } from "../../../src/runtime/engines/kernels/half.ts";
import { GEMM_F16_SCRATCH_BYTES } from "../../../src/runtime/engines/kernels/module/matrix.ts";
import { convLayout, convLayoutF16 } from "../../../src/runtime/engines/kernels/packing/layout.ts";
import { packBias, packWeights } from "../../../src/runtime/engines/kernels/packing/pack.ts";
import { ACTIVATION_CASES, type ActivationCase, activated } from "./activations.ts";
import { type BuildName, expectClose, noise, openSandbox, type Sandbox } from "./sandbox.ts";

interface Case {
  m: number;
  n: number;
  k: number;
  gapA: number;
  gapC: number;
  residual: "none" | "apart" | "in place";
  activation: ActivationCase;
}

const padded = (count: number) => (count + 3) & ~3;

/** Runs one product, real sizes `n` and `k`, and compares it with sums in double precision. */
function check(sandbox: Sandbox, { m, n, k, gapA, gapC, residual, activation }: Case, half = false): void {
  sandbox.reset();
  const n4 = padded(n);
  const k4 = padded(k);
  const a = noise(m * k4, 3);
  let weights = noise(n * k, 5);
  const bias = noise(n, 7);
  const extra = noise(m * n4, 9);
  const rowsA = { rows: m, length: k4, stride: 4 * (k4 + gapA) };
  const rowsC = { rows: m, length: n4, stride: 4 * (n4 + gapC) };
  const atA = sandbox.inputRows(a, rowsA);
  let atW: number;
  if (half) {
    const layout = convLayoutF16(n, k);
    const bits = Uint16Array.from(weights, (w) => (w < 0 ? 0x8000 : 0) | Math.round(Math.abs(w) * 0x3c00));
    weights = Float32Array.from(bits, widenHalf);
    const packed = new Uint16Array(layout.elements);
    packWeights(layout, packed, 0, bits);
    packBias(layout, new Float32Array(packed.buffer), bias);
    atW = sandbox.inputBytes(new Uint8Array(packed.buffer));
  } else {
    const layout = convLayout(n, k);
    const packed = new Float32Array(layout.elements);
    packWeights(layout, packed, 0, weights);
    packBias(layout, packed, bias);
    atW = sandbox.input(packed);
  }
  const atR = residual === "apart" ? sandbox.inputRows(extra, rowsC) : 0;
  const atC = sandbox.outputRows(rowsC, residual === "in place" ? extra : undefined);
  const res = residual === "in place" ? atC : atR;
  const { act, lo, hi } = activation;
  const scratch = half ? sandbox.output(GEMM_F16_SCRATCH_BYTES) : 0;
  sandbox.run((kernels) => {
    if (half) {
      kernels.gemmF32W16(
        m,
        n4,
        k4,
        atA,
        rowsA.stride,
        atW,
        atC,
        rowsC.stride,
        res,
        rowsC.stride,
        act,
        lo,
        hi,
        scratch,
      );
    } else {
      kernels.gemmF32(m, n4, k4, atA, rowsA.stride, atW, atC, rowsC.stride, res, rowsC.stride, act, lo, hi);
    }
  });
  const c = sandbox.rows(atC, rowsC);
  const expected: number[] = [];
  const actual: number[] = [];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = bias[j] as number;
      for (let p = 0; p < k; p++) sum += (a[i * k4 + p] as number) * (weights[j * k + p] as number);
      if (residual !== "none") sum += extra[i * n4 + j] as number;
      expected.push(activated(sum, activation));
      actual.push(c[i * n4 + j] as number);
    }
    for (let j = n; j < n4; j++) expect(c[i * n4 + j]).not.toBeNaN();
  }
  expectClose(actual, expected, 2e-5);
}

const NONE = ACTIVATION_CASES[0] as ActivationCase;

describe.each<BuildName>(["relaxed", "simd"])("gemmF32, %s", (build) => {
  const sandbox = openSandbox(build);

  it("does every number of rows and columns around a tile", () => {
    for (let m = 1; m <= 13; m++) {
      for (let n = 1; n <= 17; n++) {
        check(sandbox, { m, n, k: 8, gapA: 0, gapC: 0, residual: "none", activation: NONE });
      }
    }
  });

  it("does every K around a step, and beyond a run of K", () => {
    for (const k of [1, 2, 3, 4, 5, 7, 8, 12, 508, 513, 1279, 1280, 1281, 2564]) {
      check(sandbox, { m: 6, n: 9, k, gapA: 4, gapC: 4, residual: "none", activation: NONE });
      check(sandbox, { m: 1, n: 9, k, gapA: 4, gapC: 4, residual: "apart", activation: NONE });
    }
  });

  it("splits many rows into strips and blocks", () => {
    // Two strips of 4 × 251 rows, one of 4 × 2, and three rows.
    check(sandbox, { m: 2019, n: 12, k: 8, gapA: 4, gapC: 4, residual: "apart", activation: NONE });
    check(sandbox, { m: 301, n: 20, k: 160, gapA: 0, gapC: 0, residual: "apart", activation: NONE });
    check(sandbox, { m: 130, n: 12, k: 600, gapA: 0, gapC: 0, residual: "in place", activation: NONE });
  });

  it.each(ACTIVATION_CASES)("adds the residual, then activates: $act", (activation) => {
    for (const residual of ["none", "apart", "in place"] as const) {
      check(sandbox, { m: 7, n: 14, k: 20, gapA: 8, gapC: 4, residual, activation });
    }
  });

  it("widens fp16 weights", () => {
    for (const [m, n, k] of [
      [1, 4, 4],
      [5, 9, 20],
      [4, 8, 512],
      [9, 15, 1030],
    ] as const) {
      check(sandbox, { m, n, k, gapA: 0, gapC: 4, residual: "apart", activation: NONE }, true);
    }
  });

  it("agrees with plain sums for any shape", () => {
    const shape = fc.record({
      m: fc.integer({ min: 1, max: 40 }),
      n: fc.integer({ min: 1, max: 40 }),
      k: fc.integer({ min: 1, max: 100 }),
      gapA: fc.integer({ min: 0, max: 5 }),
      gapC: fc.integer({ min: 0, max: 5 }),
      residual: fc.constantFrom<Case["residual"][]>("none", "apart", "in place"),
      activation: fc.constantFrom(...ACTIVATION_CASES),
    });
    fc.assert(
      fc.property(shape, fc.boolean(), (one, half) => check(sandbox, one, half)),
      { numRuns: 150 },
    );
  });
});
