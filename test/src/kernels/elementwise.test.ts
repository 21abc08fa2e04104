import { describe, expect, it } from "vitest";
import { widenHalf } from "../../../src/runtime/engines/kernels/half.ts";
import { ACTIVATION, BINARY } from "../../../src/runtime/engines/kernels/module.ts";
import { ACTIVATION_CASES, activated } from "./activations.ts";
import { type BuildName, expectClose, noise, openSandbox } from "./sandbox.ts";

const OPERATIONS: Record<keyof typeof BINARY, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
};

describe.each<BuildName>(["relaxed", "simd"])("element by element, %s", (build) => {
  const sandbox = openSandbox(build);
  const rows = { rows: 5, length: 12, stride: 64 };
  const a = noise(60, 3);
  const b = noise(60, 5).map((value) => value + 2);

  it.each(Object.keys(BINARY) as (keyof typeof BINARY)[])(
    "binary %s, by element and by channel, in place too",
    (name) => {
      for (const perChannel of [false, true]) {
        for (const inPlace of [false, true]) {
          sandbox.reset();
          const atB = sandbox.inputRows(b, rows);
          const atY = sandbox.outputRows(rows, inPlace ? a : undefined);
          const atA = inPlace ? atY : sandbox.inputRows(a, rows);
          sandbox.run((kernels) =>
            kernels.binaryF32(BINARY[name], 5, 12, atA, 64, atB, perChannel ? 0 : 64, atY, 64, 1, -0.5, 0.75),
          );
          const expected = a.map((value, i) =>
            Math.min(Math.max(OPERATIONS[name](value, b[perChannel ? i % 12 : i] as number), -0.5), 0.75),
          );
          expectClose(sandbox.rows(atY, rows), expected, 1e-6);
        }
      }
    },
  );

  it.each(ACTIVATION_CASES)("unary $act", (activation) => {
    sandbox.reset();
    const values = noise(60, 7).map((value) => value * 12);
    const x = sandbox.inputRows(values, rows);
    const y = sandbox.outputRows(rows);
    sandbox.run((kernels) =>
      kernels.unaryF32(5, 12, x, 64, y, 64, activation.act, activation.lo, activation.hi),
    );
    const results = sandbox.rows(y, rows);
    for (let i = 0; i < values.length; i++) {
      const expected = activated(values[i] as number, activation);
      expect(Math.abs((results[i] as number) - expected)).toBeLessThanOrEqual(
        1e-6 * Math.max(1, Math.abs(expected)),
      );
    }
  });

  it("takes rows that follow each other as one", () => {
    for (const { act, lo, hi } of ACTIVATION_CASES) {
      sandbox.reset();
      const x = sandbox.input(a);
      const other = sandbox.input(b);
      const unary = sandbox.output(240);
      const binary = sandbox.output(240);
      sandbox.run((kernels) => {
        kernels.unaryF32(5, 12, x, 48, unary, 48, act, lo, hi);
        kernels.binaryF32(BINARY.mul, 5, 12, x, 48, other, 48, binary, 48, act, lo, hi);
      });
      const plain = Array.from(a, (value) => activated(value, { act, lo, hi }));
      expectClose(sandbox.floats(unary, 60), plain, 1e-6);
      const products = Array.from(a, (value, i) => activated(value * (b[i] as number), { act, lo, hi }));
      expectClose(sandbox.floats(binary, 60), products, 1e-6);
    }
  });

  it("takes the logistic function within 2.5e-7, between 0 and 1, and keeps a NaN", () => {
    sandbox.reset();
    // Its polynomials end at 18.
    const values = [...Array.from({ length: 4001 }, (_, i) => (i - 2000) / 100), 1e30, -1e30, Number.NaN];
    const bytes = 4 * values.length;
    const x = sandbox.input(values);
    const y = sandbox.output(bytes);
    sandbox.run((kernels) =>
      kernels.unaryF32(1, values.length, x, bytes, y, bytes, ACTIVATION.sigmoid, 0, 0),
    );
    const results = sandbox.floats(y, values.length);
    expect(results.at(-1)).toBeNaN();
    for (const [i, result] of results.subarray(0, -1).entries()) {
      expect(Math.abs(result - 1 / (1 + Math.exp(-Math.fround(values[i] as number))))).toBeLessThan(2.5e-7);
      expect(result >= 0 && result <= 1).toBe(true);
    }
  });

  it("saturates far from zero without a NaN", () => {
    sandbox.reset();
    const x = sandbox.input([-1e30, -200, 200, 1e30]);
    for (const { act, lo, hi } of ACTIVATION_CASES) {
      const y = sandbox.output(16);
      sandbox.run((kernels) => kernels.unaryF32(1, 4, x, 16, y, 16, act, lo, hi));
      expect(sandbox.floats(y, 4)).not.toContain(Number.NaN);
    }
  });

  it("widens every half exactly", () => {
    sandbox.reset();
    const big = openSandbox(build, 32);
    const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const x = big.inputBytes(new Uint8Array(bits.buffer));
    const y = big.output(4 * 65_536);
    big.run((kernels) => kernels.widenF16(65_536, x, y));
    const widened = big.floats(y, 65_536);
    const wrong = bits.find((half) => !Object.is(widened[half], Math.fround(widenHalf(half))));
    expect(wrong).toBeUndefined();
    for (const count of [1, 7, 8, 9, 15]) {
      const part = big.output(4 * count);
      big.run((kernels) => kernels.widenF16(count, x + 2 * 15_360, part));
      expect(big.floats(part, count)).toEqual(widened.slice(15_360, 15_360 + count));
    }
  });

  it("goes from planes to pixels and back", () => {
    for (const channels of [1, 3, 4, 7]) {
      sandbox.reset();
      const values = noise(channels * 11, 3);
      const planes = sandbox.inputRows(values, { rows: channels, length: 11, stride: 48 });
      const padded = (channels + 3) & ~3;
      const pixels = { rows: 11, length: padded, stride: 4 * padded + 16 };
      const mid = sandbox.outputRows(pixels);
      const back = { rows: channels, length: 11, stride: 52 };
      const end = sandbox.outputRows(back);
      sandbox.run((kernels) => {
        kernels.toPixelsF32(11, channels, planes, 48, mid, pixels.stride);
        kernels.toPlanesF32(11, channels, mid, pixels.stride, end, back.stride);
      });
      expect(sandbox.rows(end, back)).toEqual(values);
      const lanes = sandbox.rows(mid, pixels);
      for (let i = 0; i < 11; i++) {
        for (let c = 0; c < padded; c++) {
          expect(lanes[i * padded + c]).toBe(c < channels ? values[c * 11 + i] : 0);
        }
      }
    }
  });
});
