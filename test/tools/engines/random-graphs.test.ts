/** Our engine against onnxruntime-web on random networks, in whole maps and in bands, every call checked. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../../src/runtime/engines/engine.ts";
import { checkingProbe } from "../../../src/runtime/engines/kernels/check.ts";
import type { KernelsOptions } from "../../../src/runtime/engines/kernels/engine.ts";
import { randomGraphs } from "./random-graphs.ts";
import { compareOutputs, madeInput, sourceOf, startKernels, startOnnxRuntime } from "./support.ts";

/** How plans are made: as they come, and with as many and as narrow bands as possible. */
const WAYS: Readonly<Record<string, KernelsOptions>> = {
  "as planned": {},
  "in narrow bands": { planOptions: { bandBytes: 0, chainBytes: 0, bandTarget: 1 } },
  "in bands": { planOptions: { bandBytes: 0, chainBytes: 4096, bandTarget: 16_384 } },
};

/** Of the largest magnitude. */
const TOLERANCE = 1e-4;

let oracle: Engine;
beforeAll(async () => {
  oracle = await startOnnxRuntime();
});

describe.each(["relaxed", "simd"] as const)("random networks on the %s build", (build) => {
  test.each(Object.entries(WAYS))(
    "%s",
    async (_, options) => {
      const checked = await startKernels({ ...options, probe: checkingProbe() }, build);
      await fc.assert(
        fc.asyncProperty(randomGraphs, async ({ model, dims, text }) => {
          // onnxruntime folds Pad into MaxPool, where padding is minus infinity and no longer zero: its answer is then wrong.
          fc.pre(!/pad; MaxPool/.test(text));
          const input = madeInput(dims);
          const theirs = await oracle.open(sourceOf(model)).catch((error: Error) => {
            // onnxruntime folds Pad into pooling, then refuses what came of it.
            fc.pre(!error.message.includes("Pad should be smaller than kernel"));
            throw error;
          });
          const ours = await checked.open(sourceOf(model, 1009));
          try {
            const expected = await theirs.run({ input });
            const actual = await ours.run({ input });
            expect(compareOutputs(actual, expected), text).toBeLessThan(TOLERANCE);
          } finally {
            await theirs.close();
            await ours.close();
          }
        }),
        { numRuns: Number(process.env.FUZZ_RUNS ?? 150) },
      );
    },
    600_000,
  );
});
