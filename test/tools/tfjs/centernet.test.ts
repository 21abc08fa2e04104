import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { readModel } from "../../../src/runtime/onnx/read.ts";
import { elementCount } from "../../../tools/nhwc/graph.ts";
import type { ImportProgress } from "../../../tools/nhwc/import.ts";
import { importTfjs } from "../../../tools/tfjs/import.ts";
import { hasShared, needsShared, readGolden, relativeError } from "../golden/shared.ts";
import { channelsFirst } from "../nhwc/support.ts";
import { runModel } from "../onnx/support.ts";
import { channelsLast, humanFolder } from "./human.ts";

interface Golden {
  readonly tensor: {
    readonly shape: number[];
    readonly multiplier: number;
    readonly keypoints_shape: number[];
    readonly keypoints_head: number[];
    readonly keypoints_at_64_64: number[];
    readonly wh_shape: number[];
    readonly wh_head: number[];
    readonly wh_at_64_64: number[];
  };
}

async function importCenternet(onProgress: (progress: ImportProgress) => void = () => {}) {
  const modelJson = await readFile(new URL("centernet.json", humanFolder));
  const readShard = (path: string) => readFile(new URL(path, humanFolder));
  return importTfjs(
    { modelJson, readShard },
    {
      name: "centernet_mobilenet_v3",
      weightsLocation: "centernet.data",
      outputs: { "tower_0/keypoints": "keypoints", "tower_0/wh": "wh" },
      onProgress,
    },
  );
}

describe("centernet_mobilenet_v3", () => {
  test("becomes a graph of nothing but what fusing compilers know", async () => {
    const model = await importCenternet();
    expect(model.inputs).toEqual([{ name: "input", dims: [1, 3, 512, 512] }]);
    expect(model.outputs).toEqual([
      { name: "keypoints", dims: [1, 80, 128, 128] },
      { name: "wh", dims: [1, 4, 128, 128] },
    ]);
    const counts: Record<string, number> = {};
    for (const { op } of readModel(model.graph).nodes) counts[op] = (counts[op] ?? 0) + 1;
    // Two of the nine poolings' gates are plain sigmoids: the head's squeeze-and-excitation, and the heat map.
    expect(counts).toEqual({
      Conv: 89,
      Relu: 26,
      HardSwish: 20,
      Add: 13,
      GlobalAveragePool: 9,
      Mul: 9,
      HardSigmoid: 8,
      Resize: 3,
      Concat: 3,
      Sigmoid: 2,
    });
  });

  test("tells how far it is, to the end", async () => {
    const last = new Map<string, ImportProgress>();
    await importCenternet((progress) => {
      expect(progress.done).toBeGreaterThan(last.get(progress.stage)?.done ?? 0);
      last.set(progress.stage, progress);
    });
    expect([...last.keys()]).toEqual(["reading", "translating", "writing"]);
    for (const { done, total } of last.values()) expect(done).toBe(total);
  });

  test.skipIf(!hasShared)(`computes what TensorFlow.js does${needsShared}`, async () => {
    const { tensor } = readGolden<Golden>("centernet_mobilenet_v3");
    const data = Float32Array.from(
      { length: elementCount(tensor.shape) },
      (_, i) => (i * tensor.multiplier) % 256,
    );
    const results = await runModel(await importCenternet(), {
      input: channelsFirst({ dims: tensor.shape, data }),
    });
    const keypoints = channelsLast(results.keypoints);
    const wh = channelsLast(results.wh);
    expect(keypoints.dims).toEqual(tensor.keypoints_shape);
    expect(wh.dims).toEqual(tensor.wh_shape);
    const middle = 64 * 128 + 64;
    expect(relativeError(keypoints.data, tensor.keypoints_head)).toBeLessThan(1e-3);
    expect(relativeError(keypoints.data.subarray(middle * 80), tensor.keypoints_at_64_64)).toBeLessThan(1e-3);
    expect(relativeError(wh.data, tensor.wh_head)).toBeLessThan(1e-3);
    expect(relativeError(wh.data.subarray(middle * 4), tensor.wh_at_64_64)).toBeLessThan(1e-3);
  });
});
