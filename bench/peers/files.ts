/**
 * An installed classifier in both forms: ours, and as TensorFlow Lite.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { readModel } from "../../src/runtime/onnx/read.ts";
import type { ModelFolders } from "../../tools/models/paths.ts";
import { modelFiles, type StoreRecord } from "../../tools/models/store.ts";
import { writeTflite } from "../../tools/tflite/write.ts";
import type { PeerModel } from "./protocol.ts";
import type { Served } from "./server.ts";
import { toTflite } from "./tflite.ts";

/** What the page is told, and what is at the addresses in it. */
export interface PeerFiles {
  readonly model: PeerModel;
  readonly files: Served;
}

/** @param variant ours; LiteRT.js gets it and fp32, where the model has that */
export async function peerFiles(
  folders: ModelFolders,
  record: StoreRecord,
  variant: string,
): Promise<PeerFiles> {
  const { card } = record.model;
  if (card.preprocess.kind !== "resize_crop") throw new Error(`${card.name} is not a classifier.`);
  const { crop, scale, mean, std } = card.preprocess;
  const files = new Map<string, Uint8Array>();
  const tflite: Record<string, string> = {};
  const own = await readVariant(folders, record, variant);
  for (const name of new Set(["fp32", variant])) {
    if (!(name in record.model.variants)) continue;
    const { graph, weights } = await readVariant(folders, record, name);
    tflite[name] = `/${name}.tflite`;
    files.set(tflite[name], writeTflite(toTflite(readModel(graph), weights, [crop, crop])));
  }
  const model: PeerModel = {
    graph: "/model.onnx",
    weights: "/model.onnx.data",
    weightsLocation: own.weightsLocation,
    weightsBytes: own.weights.length,
    tflite,
    image: { height: crop, width: crop, scale, mean, std },
  };
  files.set(model.graph, own.graph).set(model.weights, own.weights);
  return { model, files };
}

async function readVariant(folders: ModelFolders, record: StoreRecord, variant: string) {
  const { variants } = record.model;
  const stored = Object.entries(variants).find(([name]) => name === variant)?.[1]?.graphs.model;
  if (!stored) throw new Error(`${record.model.card.name} has no ${variant} of one graph.`);
  const read = async (key: string) => {
    const found = modelFiles(folders, record).find((file) => file.key === key);
    if (!found) throw new Error(`${key} is not among the model's files.`);
    return new Uint8Array(await readFile(found.file));
  };
  return {
    graph: await read(stored.graph.key),
    weights: await read(stored.weights.key),
    weightsLocation: stored.weights_location,
  };
}
