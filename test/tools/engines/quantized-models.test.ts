/** The int8 models: each layer gives what onnxruntime's run of the same file gives of the same bytes, and so do the outputs. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, readHeader } from "../../../src/codecs/index.ts";
import type { Inputs } from "../../../src/runtime/engines/engine.ts";
import { preprocess } from "../../../src/runtime/preprocess/index.ts";
import { openInKernels } from "../../../tools/evaluate/kernels.ts";
import { compareLayersAlone } from "../../../tools/evaluate/layers-alone.ts";
import type { GraphFiles } from "../../../tools/models/store.ts";
import { openInOnnxRuntime } from "../../../tools/quantize/onnxruntime.ts";
import { quantizeGraph } from "../../../tools/quantize/quantize-graph.ts";
import { readCard } from "../golden/shared.ts";
import { observeGraph } from "../quantize/support.ts";
import { REFERENCE_MODELS } from "./models.ts";
import { convertReference, hasShared, needsShared } from "./support.ts";

const MODELS = new URL("../../../models/", import.meta.url);

/**
 * The share of all bytes that may be a step away: onnxruntime computes in floats where an h-swish or a shortcut comes before the rounding, and its sum of
 * hundreds of rounded products can fall on the other side of a tie. Up to 2 of a million are seen (npm run bench -- steps).
 */
const MOST_TIES = 1e-5;

/** The share of outputs, which are floats, that are the same to a hundredth of a step: onnxruntime takes its sigmoid otherwise far from zero. */
const MOST_SAME = 0.99;

/** Holds an int8 graph against onnxruntime. */
async function expectSameLayers(graph: GraphFiles, inputs: Inputs): Promise<void> {
  const { bytes, outputs } = await compareLayersAlone(graph, inputs);
  for (const [name, { compared, within, equal }] of Object.entries({ bytes, ...outputs })) {
    expect(within, name).toBe(compared);
    expect(equal / compared, name).toBeGreaterThan(name === "bytes" ? 1 - MOST_TIES : MOST_SAME);
  }
  expect(bytes.compared).toBeGreaterThan(0);
}

/** A photo as a model's card wants it. */
async function photo(name: string): Promise<Inputs> {
  const bytes = readFileSync(new URL("calibration/photos/15673749081.jpg", MODELS));
  const header = readHeader(bytes, DEFAULT_LIMITS);
  const options = { limits: DEFAULT_LIMITS, layout: "nchw" } as const;
  const { input } = await preprocess(bytes, header, readCard(name).card.preprocess, options);
  return { input };
}

describe("int8 models of the repository, on a photo", () => {
  test.each([
    "centernet_mobilenet_v3",
    "mobilenet_v3_large_075_tiny_imagenet",
    "selfie_segmentation",
    "selfie_segmentation_landscape",
  ])(
    "%s",
    async (name) => {
      const weightsLocation = `${name}.int8.onnx.data`;
      const graph = readFileSync(new URL(`embedded/${name}.int8.onnx`, MODELS));
      const weights = readFileSync(new URL(`embedded/${weightsLocation}`, MODELS));
      await expectSameLayers({ graph, weights, weightsLocation }, await photo(name));
    },
    300_000,
  );
});

describe.skipIf(!hasShared)(`reference networks${needsShared}`, () => {
  test.each(REFERENCE_MODELS)(
    "$name, quantized on one input",
    async (model) => {
      for (const [role, graph] of Object.entries(await model.graphs())) {
        const inputs = model.inputs[role][1] ?? model.inputs[role][0];
        const observed = await observeGraph(graph, [inputs]);
        const int8 = quantizeGraph(observed, { exact: [], wide: [] }, "int8.onnx.data");
        await expectSameLayers(int8, inputs);
      }
    },
    300_000,
  );

  test("torchvision's quantized one, layer by layer and whole", async () => {
    const name = "mobilenet_v3_large_quantized";
    const { model } = await convertReference(name, name);
    const inputs = await photo(name);
    await expectSameLayers(model, inputs);
    // It rounds behind every product, so nothing is left to floats.
    const [ours, theirs] = [await openInKernels(model), await openInOnnxRuntime(model)];
    expect((await ours.run(inputs)).logits.data).toEqual((await theirs.run(inputs)).logits.data);
    await Promise.all([ours.close(), theirs.close()]);
  });
});
