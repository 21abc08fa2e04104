/** What our engine is said to take, before it is spent, against what it takes. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kernelsEstimates } from "../../../src/runtime/engines/kernels/estimates.ts";
import { Q8_PATH } from "../../../src/runtime/engines/kernels/module-q8.ts";
import type { VariantName } from "../../../src/runtime/manifest.ts";
import type { BuiltModel } from "../../../tools/onnx/write.ts";
import { quantizeGraph } from "../../../tools/quantize/quantize-graph.ts";
import { observeGraph } from "../quantize/support.ts";
import { REFERENCE_MODELS } from "./models.ts";
import { convertReference, hasShared, needsShared, sourceOf, startKernels } from "./support.ts";

const EMBEDDED = new URL("../../../models/embedded/", import.meta.url);
const { baseBytes, modelBytes } = kernelsEstimates;

/** Ways to multiply, which pack differently. */
const PATHS = Object.entries(Q8_PATH).map(([path, code]) => ({
  path,
  dotPath: { code, signed: path === "quads" },
}));

type Model = Pick<BuiltModel, "graph" | "weights" | "weightsLocation">;

/** Opens a model on each path, in an engine of its own, and holds the memory against the estimates. */
async function expectEstimates(model: Model, variant: VariantName): Promise<void> {
  const size = model.weights.length;
  const estimate = modelBytes(size, variant);
  let most = 0;
  for (const { path, dotPath } of PATHS) {
    const engine = await startKernels({ dotPath });
    const { weightsBytes = Number.NaN } = await engine.open(sourceOf(model));
    expect(weightsBytes, path).toBeGreaterThan(0.98 * size);
    expect(weightsBytes, path).toBeLessThanOrEqual(estimate);
    expect(engine.memory().wasm, path).toBeLessThanOrEqual(baseBytes + estimate);
    most = Math.max(most, weightsBytes);
  }
  // What is estimated too high closes other models for nothing. The selfies' tenth of a megabyte does not.
  if (size > 1e6) expect(estimate).toBeLessThanOrEqual(1.15 * most);
}

describe("an open model fits its estimate", () => {
  const names = readdirSync(EMBEDDED).filter((name) => name.endsWith(".onnx"));
  test.each(names)("%s", async (name) => {
    const read = (file: string) => new Uint8Array(readFileSync(new URL(file, EMBEDDED)));
    const weightsLocation = `${name}.data`;
    const model = { graph: read(name), weights: read(weightsLocation), weightsLocation };
    await expectEstimates(model, name.includes(".int8.") ? "int8" : "fp32");
  });

  const classifiers = REFERENCE_MODELS.filter(({ name }) => /^mobilenet_v3_(small|large)$/.test(name));
  test.skipIf(!hasShared).each(classifiers)(
    `$name in int8, whose weights have 7 bits${needsShared}`,
    async (one) => {
      for (const [role, graph] of Object.entries(await one.graphs())) {
        const observed = await observeGraph(graph, one.inputs[role].slice(0, 1));
        await expectEstimates(quantizeGraph(observed, { exact: [], wide: [] }, "int8.onnx.data"), "int8");
      }
    },
  );

  test.skipIf(!hasShared)(
    `the quantized Large, whose weights overflow pairs most${needsShared}`,
    async () => {
      const name = "mobilenet_v3_large_quantized";
      const { model } = await convertReference(name, name);
      await expectEstimates(model, "int8");
    },
  );
});
