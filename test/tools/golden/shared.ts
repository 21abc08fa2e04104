/** The reference data beside the repository, and networks converted from its checkpoints, run by onnxruntime-web in Node. */
import { existsSync, readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";
import { DEFAULT_LIMITS, readHeader } from "../../../src/codecs/index.ts";
import { Card } from "../../../src/runtime/card.ts";
import type { Inputs, Outputs, Session, Tensor } from "../../../src/runtime/engines/engine.ts";
import { type Prepared, preprocess } from "../../../src/runtime/preprocess/index.ts";
import { convertCheckpoint, isArchitecture } from "../../../tools/networks/convert.ts";
import type { BuiltModel } from "../../../tools/onnx/write.ts";

const SHARED = new URL("../../../../shared/", import.meta.url);
const MODELS = new URL("../../../models/", import.meta.url);

/** Whether the reference data are there. */
export const hasShared = existsSync(SHARED);

/** What a skipped test says of itself. */
export const needsShared = hasShared ? "" : " (needs ../shared)";

/** Bytes of a reference file. */
export function readShared(path: string): Uint8Array {
  return readFileSync(new URL(path, SHARED));
}

/** A JSON file of `golden/`. */
export function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`golden/${name}.json`, SHARED), "utf8"));
}

/** A model's card and its labels. */
export function readCard(name: string): { card: Card; labels: string[] } {
  const card = Card.parse(JSON.parse(readFileSync(new URL(`cards/${name}.json`, MODELS), "utf8")));
  const labels =
    typeof card.labels === "string"
      ? JSON.parse(readFileSync(new URL(`labels/${card.labels}.json`, MODELS), "utf8"))
      : card.labels;
  return { card, labels };
}

/** Sessions of a network by role, from a checkpoint of `../shared`. */
export async function openNetwork(
  architecture: string,
  checkpoint: string,
): Promise<Record<string, Session>> {
  if (!isArchitecture(architecture)) throw new Error(`no network is called ${architecture}`);
  const bytes = readShared(`checkpoints/${checkpoint}.pth`);
  const { graphs } = await convertCheckpoint(architecture, bytes, { name: architecture });
  const sessions: Record<string, Session> = {};
  for (const [role, model] of Object.entries(graphs)) sessions[role] = await openSession(model);
  return sessions;
}

/** A session of a graph in onnxruntime-web. */
export async function openSession(
  model: Pick<BuiltModel, "graph" | "weights" | "weightsLocation">,
): Promise<Session> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(model.graph, {
    externalData: [{ path: model.weightsLocation, data: model.weights }],
  });
  const named = (names: readonly string[]) => names.map((name) => ({ name, dims: [] }));
  return {
    engine: "onnxruntime",
    inputs: named(session.inputNames),
    outputs: named(session.outputNames),
    run: (inputs) => run(session, inputs),
    close: () => session.release(),
  };
}

async function run(session: ort.InferenceSession, inputs: Inputs): Promise<Outputs> {
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, input] of Object.entries(inputs)) {
    if (!("data" in input)) throw new TypeError(`${name}: floats are wanted here`);
    feeds[name] = new ort.Tensor("float32", input.data, input.dims);
  }
  const outputs: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(await session.run(feeds))) {
    outputs[name] = { dims: value.dims, data: value.data as Float32Array };
  }
  return outputs;
}

/** The made input of golden `tensor`: element i is ((i * multiplier) mod 256) / 127.5 - 1. */
export function madeInput(shape: readonly number[], multiplier: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => ((i * multiplier) % 256) / 127.5 - 1);
  return { dims: shape, data };
}

/** A photo, as Pillow decoded it, prepared as the card says. */
export async function preparePhoto(
  photo: string,
  card: Pick<Card, "preprocess">,
): Promise<Prepared & { input: Tensor }> {
  const lossless = photo.endsWith(".png");
  const bytes = readShared(lossless ? `photos/${photo}` : `photos_pillow/${photo.replace(/\.jpg$/, ".png")}`);
  const prepared = await preprocess(bytes, readHeader(bytes, DEFAULT_LIMITS), card.preprocess, {
    limits: DEFAULT_LIMITS,
    layout: "nchw",
  });
  if (!("data" in prepared.input)) throw new Error("floats were asked for");
  return { ...prepared, input: prepared.input };
}

/** The largest difference over the largest expected magnitude. */
export function relativeError(actual: ArrayLike<number>, expected: readonly number[]): number {
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    magnitude = Math.max(magnitude, Math.abs(expected[i]));
  }
  return difference / magnitude;
}
