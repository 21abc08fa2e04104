import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packMatrixQ8 } from "../../../bench/kernels/pack-matrix.ts";
import {
  Q8_PATH,
  type QuantizedOutput,
  REQUANT_MODE,
} from "../../../src/runtime/engines/kernels/module-q8.ts";
import { type Q8Path, q8Path } from "../../../src/runtime/engines/kernels/packing/q8.ts";
import { forEachTap, type SlidingWindow, slid } from "./maps.ts";
import { noiseBytes, noiseWeights, OUTPUTS, requantized, scaleFor } from "./q8-reference.ts";
import { BUILDS, type BuildName, noise, openSandbox, type Rows, type Sandbox } from "./sandbox.ts";

const pad8 = (count: number) => (count + 7) & ~7;

/** A way to multiply, and the operands for which it is exact on the processor at hand. */
interface Way {
  readonly name: string;
  readonly path: Q8Path;
  readonly limit: number;
  readonly bytes: readonly [number, number];
}

/** All ways that a build has, forced. Those that are not this processor's own get operands on which all processors agree. */
function ways(build: BuildName, answer: number): Way[] {
  const own = q8Path(answer);
  const pairs: Way = {
    name: "pairs",
    path: { code: Q8_PATH.pairs, signed: false },
    limit: 127,
    bytes: [0, 255],
  };
  if (build === "simd") return [pairs];
  const wide = own.code === Q8_PATH.quads;
  const saturating = own.code === Q8_PATH.octets || (wide && !own.signed);
  const octets: Pick<Way, "path" | "bytes"> = {
    path: { code: Q8_PATH.octets, signed: false },
    bytes: saturating ? [0, 255] : [0, 127],
  };
  return [
    pairs,
    { name: "octets", limit: 127, ...octets },
    // Without a pair that overflows: the narrow way, where K is small.
    { name: "octets, weights of 7 bits", limit: 63, ...octets },
    {
      name: "quads, unsigned",
      path: { code: Q8_PATH.quads, signed: false },
      limit: wide ? 127 : 64,
      bytes: wide && own.signed ? [0, 127] : [0, 255],
    },
    {
      name: "quads, signed",
      path: { code: Q8_PATH.quads, signed: true },
      limit: wide ? 127 : 64,
      bytes: wide && own.signed ? [0, 255] : [128, 255],
    },
  ];
}

interface MatrixCase {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly gapA: number;
  readonly gapC: number;
  readonly output: QuantizedOutput;
  readonly zero: number;
  readonly seed: number;
  /** Where the bytes lie that are added, if any. */
  readonly residual: "none" | "apart" | "in place";
}

/** Runs one product and compares every byte. */
function checkMatrix(build: BuildName, sandbox: Sandbox, way: Way, one: MatrixCase): void {
  sandbox.reset();
  const { m, n, k, output, zero, seed } = one;
  const k8 = pad8(k);
  const n8 = pad8(n);
  const lda = k8 + one.gapA;
  const ldc = n8 + one.gapC;
  const a = noiseBytes(m * k8, seed + 3, ...way.bytes);
  const weights = noiseWeights(n * k, seed + 5, way.limit);
  const bias = Int32Array.from(noise(n, seed + 7), (v) => v * 20_000);
  const scales = Float32Array.from(noise(n, seed + 9), (v) => scaleFor(k, output, way.limit) * (1 + 0.3 * v));
  const packed = packMatrixQ8(
    BUILDS[build],
    { outputs: n, inputs: k, taps: 1, weights, bias, scales, inputZero: zero, output },
    way.path,
  );
  const spread = new Uint8Array(m * lda).fill(255);
  for (let i = 0; i < m; i++) spread.set(a.subarray(i * k8, (i + 1) * k8), i * lda);
  const atA = sandbox.inputBytes(spread);
  const atW = sandbox.inputBytes(packed);
  const floats = output.mode === REQUANT_MODE.floats;
  const rows: Rows = { rows: m, length: floats ? n8 : n8 / 4, stride: floats ? 4 * ldc : ldc };
  const atC = sandbox.outputRows(rows);
  const added = noiseBytes(m * n8, seed + 11);
  const atR = one.residual === "none" ? 0 : sandbox.inputBytes(added);
  sandbox.run((kernels) => {
    if (one.residual === "in place") {
      kernels.copyQ8(m, n8, atR, n8, atC, ldc);
      kernels.gemmQ8(m, n8, k8, atA, lda, atW, atC, ldc, atC, ldc);
    } else {
      kernels.gemmQ8(m, n8, k8, atA, lda, atW, atC, rows.stride, atR, n8);
    }
  });
  for (let i = 0; i < m; i++) {
    const from = atC + i * rows.stride;
    const row = floats ? sandbox.floats(from, n) : sandbox.bytes(from, n);
    for (let j = 0; j < n; j++) {
      let sum = bias[j] as number;
      for (let p = 0; p < k; p++) sum += ((a[i * k8 + p] as number) - zero) * (weights[j * k + p] as number);
      const byte = one.residual === "none" ? undefined : added[i * n8 + j];
      const expected = requantized(sum, scales[j] as number, output, byte);
      if (row[j] !== expected)
        expect.fail(`row ${i} column ${j}: ${row[j]} instead of ${expected} (sum ${sum}, residual ${byte})`);
    }
  }
}

describe.each<BuildName>(["relaxed", "simd"])("gemmQ8, %s", (build) => {
  const sandbox = openSandbox(build);
  const all = ways(build, sandbox.kernels.dotPathQ8());

  it("knows a way that is exact here", () => {
    expect([0, 1, 2, 258]).toContain(sandbox.kernels.dotPathQ8());
  });

  it.each(all)("does every number of rows, columns and K: $name", (way) => {
    for (let m = 1; m <= 9; m++) {
      for (const [n, k] of [
        [1, 1],
        [7, 8],
        [8, 9],
        [9, 16],
        [16, 20],
        [17, 27],
        [17, 31],
      ] as const) {
        for (const output of [...OUTPUTS, FLOATS]) {
          for (const residual of residuals(output)) {
            checkMatrix(build, sandbox, way, {
              m,
              n,
              k,
              gapA: 3,
              gapC: 4,
              output,
              zero: 128,
              seed: m,
              residual,
            });
          }
        }
      }
    }
  });

  it.each(all)("is exact at the ends of the range: $name", (way) => {
    const output = OUTPUTS[0] as QuantizedOutput;
    for (const sign of [1, -1]) {
      const [n, k] = [8, 64];
      const weights = new Int8Array(n * k).fill(sign * way.limit);
      const scales = new Float32Array(n).fill(100 / (255 * way.limit * k));
      const packed = packMatrixQ8(
        BUILDS[build],
        { outputs: n, inputs: k, taps: 1, weights, scales, inputZero: 0, output },
        way.path,
      );
      sandbox.reset();
      const a = sandbox.inputBytes(new Uint8Array(4 * k).fill(way.bytes[1]));
      const w = sandbox.inputBytes(packed);
      const c = sandbox.output(4 * n);
      sandbox.run((kernels) => kernels.gemmQ8(4, n, k, a, k, w, c, n, 0, 0));
      const expected = requantized(sign * way.limit * way.bytes[1] * k, scales[0] as number, output);
      expect(Array.from(sandbox.bytes(c, 4 * n))).toEqual(new Array(4 * n).fill(expected));
    }
  });

  it.each(all)("bounds results of any size: $name", (way) => {
    const linear = { mode: REQUANT_MODE.linear, lo: -128, hi: 127, zero: 128 };
    for (const scale of [1, 1e3, 1e6]) {
      for (const k of [16, 24, 40]) {
        sandbox.reset();
        const [m, n] = [9, 8];
        const a = noiseBytes(m * k, k, ...way.bytes);
        const weights = noiseWeights(n * k, 5, way.limit);
        const scales = new Float32Array(n).fill(scale);
        const packed = packMatrixQ8(
          BUILDS[build],
          { outputs: n, inputs: k, taps: 1, weights, scales, inputZero: 90, output: linear },
          way.path,
        );
        const [atA, atW, atC] = [sandbox.inputBytes(a), sandbox.inputBytes(packed), sandbox.output(m * n)];
        sandbox.run((kernels) => kernels.gemmQ8(m, n, k, atA, k, atW, atC, n, 0, 0));
        const expected = Uint8Array.from({ length: m * n }, (_, at) => {
          const [row, column] = [Math.floor(at / n), at % n];
          let sum = 0;
          for (let p = 0; p < k; p++) {
            sum += ((a[row * k + p] as number) - 90) * (weights[column * k + p] as number);
          }
          return requantized(sum, scale, linear);
        });
        expect(sandbox.bytes(atC, m * n)).toEqual(expected);
      }
    }
  });

  it.each(all)("agrees with plain sums for any shape: $name", (way) => {
    const shape = fc.record({
      m: fc.integer({ min: 1, max: 20 }),
      n: fc.integer({ min: 1, max: 40 }),
      k: fc.integer({ min: 1, max: 150 }),
      gapA: fc.nat(9),
      gapC: fc.nat(2).map((v) => 4 * v),
      zero: fc.nat(255),
      seed: fc.nat(1000),
    });
    const end = fc
      .constantFrom(...OUTPUTS, FLOATS)
      .chain((output) =>
        fc.record({ output: fc.constant(output), residual: fc.constantFrom(...residuals(output)) }),
      );
    fc.assert(
      fc.property(shape, end, (one, how) => checkMatrix(build, sandbox, way, { ...one, ...how })),
      { numRuns: 100 },
    );
  });
});

/** Results that stay floats. */
const FLOATS: QuantizedOutput = {
  mode: REQUANT_MODE.floats,
  lo: -30,
  hi: 50,
  zero: 0,
  residual: { zero: 4, scale: 0.2 },
};

/** Where a residual may lie. */
function residuals(output: QuantizedOutput): MatrixCase["residual"][] {
  return output.mode === REQUANT_MODE.floats ? ["none", "apart"] : ["none", "apart", "in place"];
}

interface ConvCase {
  readonly height: number;
  readonly width: number;
  readonly cin: number;
  readonly cout: number;
  readonly window: SlidingWindow;
  readonly zero: number;
  readonly output: QuantizedOutput;
  readonly residual: boolean;
}

function checkConv(build: BuildName, sandbox: Sandbox, way: Way, one: ConvCase): void {
  sandbox.reset();
  const { height, width, cin, cout, window, zero, output } = one;
  const { kernel, stride, dilation, pads } = window;
  const taps = kernel[0] * kernel[1];
  const out = slid({ height, width, channels: cin }, window, cout);
  if (out.height < 1 || out.width < 1) return;
  const [c8, o8] = [pad8(cin), pad8(cout)];
  const x = noiseBytes(height * width * c8, 3, ...way.bytes);
  const weights = noiseWeights(cout * cin * taps, 5, way.limit);
  const bias = Int32Array.from(noise(cout, 7), (v) => v * 20_000);
  const scales = new Float32Array(cout).fill(scaleFor(cin * taps, output, way.limit));
  const packed = packMatrixQ8(
    BUILDS[build],
    { outputs: cout, inputs: cin, taps, weights, bias, scales, inputZero: zero, output },
    way.path,
  );
  const atX = sandbox.inputBytes(x);
  const atW = sandbox.inputBytes(packed);
  const scratch = sandbox.output(4 * o8 * out.width);
  const floats = output.mode === REQUANT_MODE.floats;
  const pixel = floats ? 4 * o8 : o8;
  const y = sandbox.output(pixel * out.width * out.height);
  const added = one.residual && !floats ? noiseBytes(o8 * out.width * out.height, 13) : undefined;
  const atR = added ? sandbox.inputBytes(added) : 0;
  const middle = out.height >> 1;
  sandbox.run((kernels) => {
    for (const [from, to] of [
      [0, middle],
      [middle, out.height],
    ] as const) {
      kernels.convQ8(
        atX,
        width * c8,
        c8,
        height,
        width,
        y + from * out.width * pixel,
        out.width * pixel,
        pixel,
        from,
        to,
        out.width,
        c8,
        o8,
        atW,
        kernel[0],
        kernel[1],
        stride[0],
        stride[1],
        dilation[0],
        dilation[1],
        pads[0],
        pads[1],
        atR ? atR + from * out.width * pixel : 0,
        scratch,
      );
    }
  });
  const sums = new Float64Array(out.height * out.width * cout);
  for (let i = 0; i < sums.length; i++) sums[i] = bias[i % cout] as number;
  forEachTap({ height, width, channels: cin }, out, window, (o, i, t) => {
    for (let n = 0; n < cout; n++) {
      let sum = sums[o * cout + n] as number;
      for (let k = 0; k < cin; k++) {
        sum += ((x[i * c8 + k] as number) - zero) * (weights[(n * cin + k) * taps + t] as number);
      }
      sums[o * cout + n] = sum;
    }
  });
  const size = o8 * out.width * out.height;
  const found = floats ? sandbox.floats(y, size) : sandbox.bytes(y, size);
  for (let i = 0; i < sums.length; i++) {
    const at = Math.floor(i / cout) * o8 + (i % cout);
    const expected = requantized(sums[i] as number, scales[0] as number, output, added?.[at]);
    const actual = found[at];
    if (actual !== expected) expect.fail(`element ${i}: ${actual} instead of ${expected}`);
  }
}

describe.each<BuildName>(["relaxed", "simd"])("convQ8, %s", (build) => {
  const sandbox = openSandbox(build, 32);

  it.each(ways(build, sandbox.kernels.dotPathQ8()))("agrees with plain sums for any window: $name", (way) => {
    const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
    const one = fc.record({
      height: fc.integer({ min: 1, max: 8 }),
      width: fc.integer({ min: 1, max: 8 }),
      cin: fc.integer({ min: 1, max: 20 }),
      cout: fc.integer({ min: 1, max: 20 }),
      window: fc.record({
        kernel: pair(1, 4),
        stride: pair(1, 3),
        dilation: pair(1, 3),
        pads: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)),
      }),
      zero: fc.nat(255),
      output: fc.constantFrom(...OUTPUTS, FLOATS),
      residual: fc.boolean(),
    });
    fc.assert(
      fc.property(one, (shape) => checkConv(build, sandbox, way, shape)),
      { numRuns: 80 },
    );
  });

  it("transposes 2×2 with stride 2", () => {
    sandbox.reset();
    const [height, width, cin, cout] = [2, 5, 16, 8];
    const output = OUTPUTS[0] as QuantizedOutput;
    const path = q8Path(sandbox.kernels.dotPathQ8());
    const x = noiseBytes(height * width * cin, 3);
    const scales = new Float32Array(cout).fill(scaleFor(cin, output));
    const matrices = [0, 1, 2, 3].map((tap) => noiseWeights(cout * cin, 5 + tap, 64));
    const packed = matrices.map((weights) =>
      packMatrixQ8(
        BUILDS[build],
        { outputs: cout, inputs: cin, taps: 1, weights, scales, inputZero: 100, output },
        path,
      ),
    );
    const matrixBytes = Math.max(...packed.map((one) => one.length));
    const all = new Uint8Array(4 * matrixBytes);
    for (const [tap, one] of packed.entries()) all.set(one, tap * matrixBytes);
    const atX = sandbox.inputBytes(x);
    const atW = sandbox.inputBytes(all);
    const y = sandbox.output(4 * height * width * cout);
    sandbox.run((kernels) =>
      kernels.transposed2x2Q8(
        atX,
        width * cin,
        cin,
        y,
        2 * width * cout,
        cout,
        height,
        width,
        cin,
        cout,
        atW,
        matrixBytes,
      ),
    );
    const found = sandbox.bytes(y, 4 * height * width * cout);
    for (let i = 0; i < found.length; i++) {
      const n = i % cout;
      const ox = Math.floor(i / cout) % (2 * width);
      const oy = Math.floor(i / cout / (2 * width));
      const weights = matrices[(oy & 1) * 2 + (ox & 1)] as Int8Array;
      let sum = 0;
      for (let k = 0; k < cin; k++) {
        sum +=
          ((x[((oy >> 1) * width + (ox >> 1)) * cin + k] as number) - 100) * (weights[n * cin + k] as number);
      }
      expect(found[i]).toBe(requantized(sum, scales[0] as number, output));
    }
  });
});
