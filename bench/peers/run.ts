/**
 * `npm run bench -- engines --peers`: our engine against LiteRT.js (XNNPACK in WebAssembly), the same network, in the same page of headless Chromium.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { readModel } from "../../src/runtime/onnx/read.ts";
import { type ModelFolders, modelFolders } from "../../tools/models/paths.ts";
import { modelFiles, readRecord } from "../../tools/models/store.ts";
import { writeTflite } from "../../tools/tflite/write.ts";
import { UserError } from "../../tools/user-error.ts";
import { type Row, writeReport } from "../harness/report.ts";
import { median, pairedRatio, significant } from "../harness/statistics.ts";
import type { PeerModel, PeersPage } from "./protocol.ts";
import { serve } from "./server.ts";
import { toTflite } from "./tflite.ts";

/** A row of the report; the ratio is the median of the pairs' ratios. */
export interface PeerRow extends Row {
  readonly model: string;
  readonly input: string;
  readonly variant: string;
  readonly kernels_ms: number;
  readonly litert_ms: number;
  readonly ratio: number;
  /** Of the outputs, over the largest magnitude. */
  readonly difference: number;
}

/** Debian's package `chromium`. */
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const MODELS = ["mobilenet_v3_small", "mobilenet_v3_large"];
/** V8 replaces its baseline code while the first runs go by. */
const WARM_ROUNDS = 30;
const ROUNDS = 150;
/** In fp32, of the largest magnitude: more would mean that the two do not run the same network. */
const TOLERANCE = 1e-4;

/** Measures, and writes `bench/results/peers.json` and `.md`. @throws {UserError} without Chromium or the models */
export async function benchPeers(): Promise<PeerRow[]> {
  if (!existsSync(CHROMIUM)) {
    throw new UserError(`There is no ${CHROMIUM}. Install Debian's chromium, or name another by CHROMIUM.`);
  }
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const rows: PeerRow[] = [];
    const builds = new Set<string>();
    for (const name of MODELS) {
      const { row, relaxed, accelerated } = await measure(browser, name);
      rows.push(row);
      builds.add(relaxed ? "with relaxed SIMD" : "without relaxed SIMD");
      if (!accelerated) builds.add(`LiteRT.js ran parts of ${name} outside of XNNPACK`);
    }
    await report(rows, [...builds].join("; "), browser.version());
    return rows;
  } finally {
    await browser.close();
  }
}

async function report(rows: readonly PeerRow[], builds: string, version: string): Promise<void> {
  const { version: liteRt } = createRequire(import.meta.url)("@litertjs/core/package.json");
  await writeReport({
    name: "peers",
    title: "Peers",
    command: "npm run bench -- engines --peers",
    notes: [
      `Our kernels against LiteRT.js ${liteRt} (XNNPACK in WebAssembly, its build without threads: one thread as ours) in Chromium ${version}, ` +
        `in one page, run by run in turn, ${ROUNDS} rounds after ${WARM_ROUNDS}; kernels ${builds}. The .tflite file is written from our ONNX graph; ` +
        "`difference`: of the outputs, over the largest magnitude. Ours is given 8-bit pixels and normalises them, LiteRT.js floats made before. " +
        "`ratio`: ours over theirs, the median of the pairs' ratios.",
    ],
    rows,
  });
}

async function measure(browser: Browser, name: string) {
  const folders = modelFolders();
  const { model, files } = await prepare(folders, name);
  const server = await serve(files);
  const page = await browser.newPage();
  try {
    await page.goto(`${server.origin}/index.html`);
    const { difference, relaxed, accelerated } = await call(page, "open", model);
    if (!(difference <= TOLERANCE)) {
      throw new Error(`${name}: LiteRT.js's output differs by ${difference} of the largest magnitude.`);
    }
    await call(page, "time", WARM_ROUNDS);
    const { ours, theirs } = await call(page, "time", ROUNDS);
    const row: PeerRow = {
      model: name,
      input: `${model.image.height}x${model.image.width}`,
      variant: "fp32",
      kernels_ms: significant(median(ours)),
      litert_ms: significant(median(theirs)),
      ratio: significant(pairedRatio(ours, theirs)),
      difference: significant(difference, 2),
    };
    return { row, relaxed, accelerated };
  } finally {
    await page.close();
    await server.stop();
  }
}

/** Calls the page. */
function call<Name extends keyof PeersPage>(
  page: Page,
  name: Name,
  argument: Parameters<PeersPage[Name]>[0],
) {
  return page.evaluate(
    ([method, value]) =>
      (globalThis as unknown as { peers: Record<string, (value: unknown) => unknown> }).peers[method](value),
    [name, argument] as const,
  ) as ReturnType<PeersPage[Name]>;
}

/** The model in both forms. */
async function prepare(folders: ModelFolders, name: string) {
  const record = await readRecord(folders, name);
  const stored = record?.model.variants.fp32?.graphs.model;
  if (!record || !stored) {
    throw new UserError(`${name} is not installed: npm run models -- install ${name}`);
  }
  const { preprocess } = record.model.card;
  if (preprocess.kind !== "resize_crop") throw new Error(`${name} is not a classifier of a fixed size.`);
  const read = async (key: string) => {
    const found = modelFiles(folders, record).find((file) => file.key === key);
    return new Uint8Array(await readFile(found?.file ?? path.join(folders.build, key)));
  };
  const graph = await read(stored.graph.key);
  const weights = await read(stored.weights.key);
  const { crop, scale, mean, std } = preprocess;
  const tflite = writeTflite(toTflite(readModel(graph), weights, [crop, crop]));
  const model: PeerModel = {
    graph: "/model.onnx",
    weights: "/model.onnx.data",
    weightsLocation: stored.weights_location,
    weightsBytes: weights.length,
    tflite: "/model.tflite",
    image: { height: crop, width: crop, scale, mean, std },
  };
  const files = new Map([
    [model.graph, graph],
    [model.weights, weights],
    [model.tflite, tflite],
  ]);
  return { model, files };
}
