/** Integer layers against onnxruntime-web's run of the same graph, in whole maps and in bands, every call checked. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Engine, Outputs } from "../../../src/runtime/engines/engine.ts";
import { checkingProbe } from "../../../src/runtime/engines/kernels/check.ts";
import type { KernelsOptions } from "../../../src/runtime/engines/kernels/engine.ts";
import { Q8_PATH } from "../../../src/runtime/engines/kernels/module-q8.ts";
import { randomQuantized } from "./random-quantized.ts";
import { madeInput, sourceOf, startKernels, startOnnxRuntime } from "./support.ts";

/** How plans are made: as they come, and with as many and as narrow bands as possible. */
const WAYS: Readonly<Record<string, KernelsOptions>> = {
  "as planned": {},
  "in narrow bands": { planOptions: { bandBytes: 0, chainBytes: 0, bandTarget: 1 } },
  "in bands": { planOptions: { bandBytes: 0, chainBytes: 4096, bandTarget: 16_384 } },
};

let oracle: Engine;
beforeAll(async () => {
  oracle = await startOnnxRuntime();
});

/**
 * The share of all outputs, over all networks of a run, that may lie more than a step away. onnxruntime averages floats, which decides ties otherwise, and
 * what follows can make two steps of one: seen in 3 of 2,000 networks, in 5 of their outputs. In a network of six outputs one is a sixth.
 */
const MOST_FAR = 0.001;

/**
 * Steps that no output may be away. A tie that falls otherwise is a step of its map, which what follows may count as several of its own: three were seen now and
 * then, more once in some 7,000 networks. What is wrong is off by dozens.
 */
const FARTHEST = 8.01;

/** Distances between outputs, in steps. */
function distances(actual: Outputs, expected: Outputs, step: number): number[] {
  const [[name, { data, dims }]] = Object.entries(expected);
  expect(actual[name]?.dims).toEqual(dims);
  return Array.from(data, (value, i) => Math.abs(value - actual[name].data[i]) / step);
}

describe.each(["relaxed", "simd"] as const)("random quantized networks on the %s build", (build) => {
  test.each(Object.entries(WAYS))(
    "%s",
    async (_, options) => {
      let far = 0;
      let all = 0;
      const checked = await startKernels({ ...options, probe: checkingProbe() }, build);
      await fc.assert(
        fc.asyncProperty(randomQuantized, async ({ model, dims, step, text }) => {
          const input = madeInput(dims);
          const theirs = await oracle.open(sourceOf(model));
          const ours = await checked.open(sourceOf(model, 1009));
          try {
            const apart = distances(await ours.run({ input }), await theirs.run({ input }), step);
            far += apart.filter((distance) => !(distance < 1.01)).length;
            all += apart.length;
            for (const distance of apart) expect(distance, text).toBeLessThan(FARTHEST);
          } finally {
            await theirs.close();
            await ours.close();
          }
        }),
        { numRuns: Number(process.env.FUZZ_RUNS ?? 100) },
      );
      expect(far / all).toBeLessThanOrEqual(MOST_FAR);
    },
    600_000,
  );
});

test("random quantized networks give the same, bit for bit, on every exact way to multiply and on both builds", async () => {
  const pairs = { code: Q8_PATH.pairs, signed: false };
  const engines = [
    await startKernels(),
    await startKernels({ dotPath: pairs }),
    await startKernels({}, "simd"),
  ];
  await fc.assert(
    fc.asyncProperty(randomQuantized, async ({ model, dims, text }) => {
      // Floats between integers are rounded otherwise where multiplications and additions are fused.
      fc.pre(
        !/float|gate|grouped|Sigmoid|LeakyRelu|HardSwish|Pool|resize|squeeze|product|classifier/.test(text),
      );
      const input = madeInput(dims);
      const outputs: Outputs[] = [];
      for (const engine of engines) {
        const session = await engine.open(sourceOf(model));
        outputs.push(await session.run({ input }));
        await session.close();
      }
      for (const other of outputs.slice(1)) expect(other, text).toEqual(outputs[0]);
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 100) },
  );
}, 600_000);
