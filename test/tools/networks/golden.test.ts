/** Classifiers against torchvision's outputs; detectors and segmenters are in `test/tools/golden`, with their tasks. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Architecture } from "../../../tools/networks/architectures.ts";
import { convertCheckpoint } from "../../../tools/networks/convert.ts";
import {
  hasShared,
  madeInput,
  needsShared,
  readGolden,
  readShared,
  relativeError,
} from "../golden/shared.ts";
import { runModel } from "../onnx/support.ts";

interface Golden {
  readonly tensor: { readonly shape: number[]; readonly multiplier: number; readonly logits: number[] };
}

async function convert(architecture: Architecture, checkpoint: string) {
  return convertCheckpoint(architecture, readShared(`checkpoints/${checkpoint}.pth`), { name: checkpoint });
}

const classifiers: readonly (readonly [string, Architecture, number])[] = [
  ["mobilenet_v3_small", "mobilenet_v3_small", 1000],
  ["mobilenet_v3_large", "mobilenet_v3_large", 1000],
  ["mobilenet_v3_large_w050_c10", "mobilenet_v3_large", 10],
  ["mobilenet_v3_large_075_tiny_imagenet", "mobilenet_v3_large_075", 200],
];

describe.skipIf(!hasShared)(`converted classifiers${needsShared}`, () => {
  test.each(classifiers)(
    "%s: logits within 1e-4 of torchvision's",
    async (checkpoint, architecture, classes) => {
      const { tensor } = readGolden<Golden>(checkpoint);
      const { graphs, numClasses, variant } = await convert(architecture, checkpoint);
      expect(variant).toBe("fp32");
      expect(numClasses).toBe(classes);
      const { logits } = await runModel(graphs.model, { input: madeInput(tensor.shape, tensor.multiplier) });
      expect(logits.dims).toEqual([1, classes]);
      expect(relativeError(logits.data, tensor.logits)).toBeLessThan(1e-4);
    },
  );

  test("the quantized Large: at least 99 % of the logits within one step of QNNPACK's", async () => {
    const name = "mobilenet_v3_large_quantized";
    const { tensor } = readGolden<Golden>(name);
    const { graphs, variant } = await convert(name, name);
    expect(variant).toBe("int8");
    const { logits } = await runModel(graphs.model, { input: madeInput(tensor.shape, tensor.multiplier) });
    // Scale of `classifier.3`: the logits are multiples of it.
    const step = 0.010278;
    const close = tensor.logits.filter((value, i) => Math.abs(value - logits.data[i]) < 1.01 * step);
    expect(close.length).toBeGreaterThanOrEqual(0.99 * tensor.logits.length);
  });
});

describe.skipIf(!hasShared)(`the embedded model${needsShared}`, () => {
  const name = "mobilenet_v3_large_075_tiny_imagenet";
  const folder = new URL("../../../models/embedded/", import.meta.url);

  test("is what its checkpoint converts to", async () => {
    const { graphs } = await convert("mobilenet_v3_large_075", name);
    const { graph, weights, weightsLocation } = graphs.model;
    expect(Buffer.compare(graph, readFileSync(new URL(`${name}.fp32.onnx`, folder)))).toBe(0);
    expect(Buffer.compare(weights, readFileSync(new URL(weightsLocation, folder)))).toBe(0);
  });
});
