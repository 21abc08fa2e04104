/**
 * `npm run bench -- cold`: how long a fresh isolate takes from a request to its answer, with our engine and with onnxruntime-web.
 *
 * The product itself is measured, by its `Server-Timing`: `load` is starting the engine, reading the model from R2 and packing it; `infer` is the
 * networks' first run.
 *
 * @module
 */
import type { EngineName } from "../../src/runtime/engines/engine.ts";
import type { ManifestModel } from "../../src/runtime/manifest.ts";
import type { Size } from "../../src/runtime/preprocess/size.ts";
import { modelFolders } from "../../tools/models/paths.ts";
import { readRecords } from "../../tools/models/store.ts";
import { startProgress } from "../../tools/terminal.ts";
import { makePicture } from "../harness/picture.ts";
import { type Row, writeReport } from "../harness/report.ts";
import { median, pairedRatio, significant } from "../harness/statistics.ts";
import { type BundledWorker, bundleWorker, startWorker } from "../harness/worker.ts";

/** A row of the report; times are medians, in milliseconds. */
export interface ColdRow extends Row {
  readonly model: string;
  /** Loading and first run. */
  readonly kernels_ms: number;
  readonly onnxruntime_ms: number;
  /** Reading from R2 and hashing, which is part of both. */
  readonly storage_ms: number;
  /** Ours over onnxruntime-web's, storage taken off both. */
  readonly ratio: number;
  readonly ratio_with_storage: number;
  /** Our first run, and how many times a warm one that is. */
  readonly first_ms: number;
  readonly first_over_warm: number;
}

/** What to measure. */
export interface ColdOptions {
  /** All installed models with an fp32 variant where left out. */
  readonly models?: readonly string[] | undefined;
  /** Pairs of fresh isolates. */
  readonly rounds: number;
}

/** Requests after the first: by the last of them, V8 has replaced its baseline code. */
const WARM_REQUESTS = 7;
const WARM_COUNTED = 3;

/** Two engines side by side take more than an isolate has. */
const VARIABLES = {
  ALLOW_ENGINE_CHOICE: "true",
  TIMINGS: "true",
  MEMORY_LIMIT_BYTES: String(4 * 2 ** 30),
  MODEL_BUDGET_BYTES: String(2 ** 30),
};

const ROUTES = { classification: "classify", detection: "detect", segmentation: "segment" } as const;

/** The picture for a model: as large as the network's largest usual input. */
function pictureSize({ card: { preprocess } }: ManifestModel): Size {
  switch (preprocess.kind) {
    case "resize_crop":
      return { height: preprocess.resize, width: preprocess.resize };
    case "resize":
      return { height: preprocess.resize, width: Math.round((preprocess.resize * 4) / 3) };
    case "generalized_rcnn":
      return { height: preprocess.min_size, width: preprocess.max_size };
    case "letterbox":
      return { height: preprocess.size, width: preprocess.size };
    case "stretch":
      return preprocess;
  }
}

/** The parts of a request that a cold start is made of, in milliseconds. */
interface Parts {
  readonly load: number;
  readonly infer: number;
}

function readParts(header: string | null): Parts {
  const part = (name: string) => Number(new RegExp(`\\b${name};dur=([\\d.]+)`).exec(header ?? "")?.[1]);
  return { load: part("load"), infer: part("infer") };
}

/** What all measurements share. */
interface Bench {
  readonly product: BundledWorker;
  readonly storage: BundledWorker;
  readonly state: string;
}

/** Sends `count` requests to a fresh isolate. */
async function request(
  { product, state }: Bench,
  engine: EngineName,
  model: ManifestModel,
  count: number,
): Promise<Parts[]> {
  const { card } = model;
  const body = await makePicture(pictureSize(model));
  const worker = await startWorker(product, { state, variables: VARIABLES });
  try {
    const query = new URLSearchParams({ model: card.name, variant: "fp32", engine });
    const url = new URL(`/v1/${ROUTES[card.task]}?${query}`, worker.origin);
    const parts: Parts[] = [];
    for (let i = 0; i < count; i++) {
      const response = await fetch(url, { method: "POST", body });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${card.name} on ${engine}: ${text}`);
      parts.push(readParts(response.headers.get("server-timing")));
    }
    return parts;
  } finally {
    await worker.stop();
  }
}

async function readStorage({ storage, state }: Bench, model: string): Promise<number> {
  const worker = await startWorker(storage, { state });
  try {
    return await worker.call<number>("read", { model });
  } finally {
    await worker.stop();
  }
}

async function measure(bench: Bench, model: ManifestModel, rounds: number): Promise<ColdRow> {
  const ours: Parts[] = [];
  const theirs: Parts[] = [];
  const storages: number[] = [];
  const warm: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [first, ...later] = await request(bench, "kernels", model, 1 + WARM_REQUESTS);
    const [other] = await request(bench, "onnxruntime", model, 1);
    if (!first || !other) break;
    ours.push(first);
    theirs.push(other);
    warm.push(median(later.slice(-WARM_COUNTED).map(({ infer }) => infer)));
    storages.push(await readStorage(bench, model.card.name));
  }
  const storage = median(storages);
  const sum = ({ load, infer }: Parts) => load + infer;
  const own = (parts: Parts) => sum(parts) - storage;
  const first = ours.map(({ infer }) => infer);
  return {
    model: model.card.name,
    kernels_ms: significant(median(ours.map(sum))),
    onnxruntime_ms: significant(median(theirs.map(sum))),
    storage_ms: significant(storage),
    ratio: significant(pairedRatio(ours.map(own), theirs.map(own)), 2),
    ratio_with_storage: significant(pairedRatio(ours.map(sum), theirs.map(sum)), 2),
    first_ms: significant(median(first)),
    first_over_warm: significant(pairedRatio(first, warm), 2),
  };
}

/** Measures, and writes `bench/results/cold.json` and `.md`. */
export async function benchCold({ models, rounds }: ColdOptions): Promise<ColdRow[]> {
  const folders = modelFolders();
  const records = [...(await readRecords(folders)).values()]
    .map(({ model }) => model)
    .filter(({ card, variants }) => variants.fp32 && (models?.includes(card.name) ?? true));
  const { state } = folders;
  const product = await bundleWorker("src/index.ts", folders);
  const bench = { product, storage: await bundleWorker("bench/cold/worker.ts", folders), state };
  // Fills the local R2, which all share.
  await (await startWorker(bench.storage, { folders, state })).stop();
  const progress = startProgress("cold starts");
  const rows: ColdRow[] = [];
  for (const model of records) {
    rows.push(await measure(bench, model, rounds));
    progress.update(rows.length, records.length);
  }
  progress.done();
  await writeReport({
    name: "cold",
    title: "Cold starts",
    command: "npm run bench -- cold",
    notes: [
      "Each time a fresh isolate in workerd, the models in a local R2. `kernels_ms`, `onnxruntime_ms`: starting the engine, reading and packing the model, first run " +
        "(`load` and `infer` of the request's `Server-Timing`). `storage_ms`: reading the same files from R2 and hashing them, alone in an isolate; both engines wait for it. " +
        "`ratio`: ours over onnxruntime-web's, pair by pair, storage taken off both; `ratio_with_storage`: as it is. The fewer milliseconds, the more workerd's clock, which ticks once in each, and whatever else runs on the machine count. `first_over_warm`: our first run alone over the same isolate's warm ones.",
    ],
    rows,
  });
  return rows;
}
