/** Plain ONNX files, as `models add` takes them, against the pair that they are stored as. */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import * as ort from "onnxruntime-web";
import { beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../../tools/models/paths.ts";
import { externalize, OnnxFileError } from "../../../tools/onnx/externalize.ts";
import {
  TensorProto_DataLocation as DataLocation,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
} from "../../../tools/onnx/onnx_pb.ts";

const STEM = "mobilenet_v3_large_075_tiny_imagenet.fp32.onnx";
const folder = path.join(ROOT, "models/embedded");

const noFile = (location: string) => Promise.reject(new Error(`no ${location}`));

/** The embedded model as torch.onnx would write it: one file, weights inside. */
let inline: Uint8Array;
let graph: Uint8Array;
let weights: Uint8Array;
beforeAll(async () => {
  graph = await readFile(path.join(folder, STEM));
  weights = await readFile(path.join(folder, `${STEM}.data`));
  const model = fromBinary(ModelProtoSchema, graph);
  for (const tensor of model.graph?.initializer ?? []) {
    if (tensor.dataLocation !== DataLocation.EXTERNAL) continue;
    const entry = (key: string) => Number(tensor.externalData.find((one) => one.key === key)?.value);
    tensor.rawData = weights.slice(entry("offset"), entry("offset") + entry("length"));
    tensor.dataLocation = DataLocation.DEFAULT;
    tensor.externalData = [];
  }
  inline = toBinary(ModelProtoSchema, model);
});

async function logits(model: Uint8Array, data?: { path: string; data: Uint8Array }): Promise<Float32Array> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(model, data ? { externalData: [data] } : {});
  const input = Float32Array.from(
    { length: 3 * 128 * 128 },
    (_, index) => ((index * 7919) % 256) / 127.5 - 1,
  );
  const { logits: output } = await session.run({ input: new ort.Tensor("float32", input, [1, 3, 128, 128]) });
  await session.release();
  return output?.data as Float32Array;
}

describe("externalize", () => {
  it("moves the weights out and changes no answer", async () => {
    const built = await externalize(inline, "mine.onnx.data", noFile);
    expect(built.graph.length).toBeLessThan(inline.length / 20);
    expect(built.weights.length).toBeGreaterThan(inline.length * 0.9);
    const moved = await logits(built.graph, { path: "mine.onnx.data", data: built.weights });
    expect(moved).toEqual(await logits(inline));
  });

  it("gathers weights that lie in other files", async () => {
    const built = await externalize(graph, "mine.onnx.data", async (location) => {
      expect(location).toBe(`${STEM}.data`);
      return weights;
    });
    const moved = await logits(built.graph, { path: "mine.onnx.data", data: built.weights });
    expect(moved).toEqual(await logits(inline));
  });

  it("refuses what is not ONNX, and data that are not where they should be", async () => {
    await expect(externalize(new TextEncoder().encode("<html>"), "x", noFile)).rejects.toThrow(OnnxFileError);
    await expect(externalize(new Uint8Array(0), "x", noFile)).rejects.toThrow(/no graph/);
    await expect(externalize(graph, "x", async () => weights.subarray(0, 100))).rejects.toThrow(
      /should lie at/,
    );
    const model = fromBinary(ModelProtoSchema, graph);
    const [tensor] = model.graph?.initializer ?? [];
    if (tensor) tensor.externalData = [create(StringStringEntryProtoSchema, { key: "offset", value: "-8" })];
    await expect(externalize(toBinary(ModelProtoSchema, model), "x", async () => weights)).rejects.toThrow(
      OnnxFileError,
    );
  });

  it("answers damaged files with a result or a typed error", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(graph.length - 1), fc.nat(255)), { maxLength: 8 }),
        async (changes) => {
          const damaged = graph.slice();
          for (const [at, value] of changes) damaged[at] = value;
          const outcome = await externalize(damaged, "x", async () => weights).catch(
            (error: unknown) => error,
          );
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(OnnxFileError);
        },
      ),
      { numRuns: 300 },
    );
  });
});
