/**
 * Hugging Face's own client against the Worker, with the models that need no download.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { imageClassification, imageSegmentation, objectDetection } from "@huggingface/inference";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleWorker, type RunningWorker, startWorker } from "../../bench/harness/worker.ts";
import { prepareModels } from "../../tools/models/install.ts";
import { modelFolders, ROOT } from "../../tools/models/paths.ts";

let worker: RunningWorker;
let astronaut: Blob;

beforeAll(async () => {
  const folders = modelFolders();
  await prepareModels(folders);
  worker = await startWorker(await bundleWorker("src/index.slim.ts", folders), { folders });
  astronaut = new Blob([await readFile(path.join(ROOT, "public/samples/astronaut.jpg"))]);
});
afterAll(() => worker?.stop());

/** Where the client finds a model; no token and no hub are needed. */
function at(model: string) {
  return { endpointUrl: new URL(`models/${model}`, worker.origin).href };
}

test("image classification", async () => {
  const labels = await imageClassification({
    ...at("mobilenet_v3_large_075_tiny_imagenet"),
    inputs: astronaut,
  });
  expect(labels).toHaveLength(5);
  for (const { label, score } of labels) {
    expect(label).toEqual(expect.any(String));
    expect(score).toBeGreaterThan(0);
  }
});

test("parameters, as Hugging Face's Python client sends them (the one for JavaScript drops them beside raw bytes)", async () => {
  const { endpointUrl } = at("mobilenet_v3_large_075_tiny_imagenet");
  const inputs = Buffer.from(await astronaut.arrayBuffer()).toString("base64");
  const response = await fetch(endpointUrl, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ inputs, parameters: { top_k: 2, function_to_apply: "sigmoid" } }),
  });
  const all = await imageClassification({ endpointUrl, data: astronaut });
  const two = (await response.json()) as typeof all;
  expect(two.map(({ label }) => label)).toEqual(all.slice(0, 2).map(({ label }) => label));
});

test("object detection", async () => {
  const objects = await objectDetection({
    ...at("centernet_mobilenet_v3"),
    inputs: astronaut,
  });
  expect(objects[0]).toMatchObject({ label: "person" });
  const { xmin, ymin, xmax, ymax } = objects[0]?.box ?? { xmin: 0, ymin: 0, xmax: 0, ymax: 0 };
  for (const edge of [xmin, ymin, xmax, ymax]) expect(Number.isInteger(edge)).toBe(true);
  // The astronaut takes most of the picture.
  expect(xmax - xmin).toBeGreaterThan(200);
  expect(ymax - ymin).toBeGreaterThan(300);
});

test("image segmentation", async () => {
  const segments = await imageSegmentation({
    ...at("selfie_segmentation"),
    inputs: astronaut,
    parameters: { subtask: "semantic" },
  });
  expect(segments.map(({ label }) => label)).toContain("person");
  for (const segment of segments) {
    expect("score" in segment).toBe(false);
    expect(Buffer.from(segment.mask, "base64").subarray(1, 4).toString()).toBe("PNG");
  }
});

test("an error's detail reaches the caller", async () => {
  await expect(imageClassification({ ...at("no_such_model"), data: astronaut })).rejects.toThrow(
    /There is no model 'no_such_model'/,
  );
});
