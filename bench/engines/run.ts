/**
 * `npm run bench -- engines`: how fast every installed model is, and what its start takes, by variant and engine, in workerd.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EngineName } from "../../src/runtime/engines/engine.ts";
import type { Manifest } from "../../src/runtime/manifest.ts";
import { usualSize } from "../../tools/explain.ts";
import { modelFolders } from "../../tools/models/paths.ts";
import { readRecords } from "../../tools/models/store.ts";
import { startProgress } from "../../tools/terminal.ts";
import { UserError } from "../../tools/user-error.ts";
import type { Row } from "../harness/report.ts";
import { type BundledWorker, bundleWorker, type RunningWorker, startWorker } from "../harness/worker.ts";
import { BARS, type Bars, SMALL, SMALL_BARS } from "./bars.ts";
import type { Choice, DotPath } from "./protocol.ts";
import { writeEnginesReport } from "./report.ts";
import { measureSpeed, pathRow, speedRow } from "./speed.ts";
import { measureStart } from "./start.ts";

/** What to measure. */
export interface EnginesOptions {
  /** All installed models where left out. */
  readonly models?: readonly string[] | undefined;
}

const ENGINES: readonly EngineName[] = ["kernels", "onnxruntime"];

/** Measures, and writes `bench/results/engines.{json,md}` where that is all models. Returns the ratios. @throws {UserError} for a model that is not installed */
export async function benchEngines(options: EnginesOptions): Promise<Row[]> {
  const records = await readRecords(modelFolders());
  const models: Manifest["models"] = Object.fromEntries(
    [...records].map(([name, { model }]) => [name, model]),
  );
  const names = options.models ?? Object.keys(models);
  const state = await mkdtemp(path.join(tmpdir(), "edge-vision-bench-"));
  const bench = { bundled: await bundleWorker("bench/engines/worker.ts"), state };
  const speeds: Row[] = [];
  const paths: Row[] = [];
  const starts: Row[] = [];
  const refusals: string[] = [];
  try {
    for (const name of names) {
      const model = models[name];
      if (!model)
        throw new UserError(`${name} is not installed. Installed: ${Object.keys(models).join(", ")}.`);
      const size = usualSize(model.card.preprocess);
      const [height, width] = size;
      const progress = startProgress(`${name} ${size.join("x")}`);
      const choices = Object.keys(model.variants).flatMap((variant) =>
        ENGINES.map((engine): Choice => ({ engine, model: name, variant, height, width })),
      );
      const sizes: [readonly [number, number], Bars | undefined][] = [[size, BARS[name]]];
      if (name in SMALL_BARS) sizes.push([SMALL, SMALL_BARS[name]]);
      for (const [at, bars] of sizes) {
        const times = await withWorker(bench, (worker) => measureSpeed(worker, models, name, at));
        speeds.push(speedRow(name, at.join("x"), times, bars));
        if (times.int8) paths.push(pathRow(name, at.join("x"), times));
      }
      for (const [index, choice] of choices.entries()) {
        const start = await withWorker(bench, (worker) => measureStart(worker, choice));
        if (typeof start === "string") refusals.push(start);
        else starts.push(start);
        progress.update(index + 1, choices.length);
      }
      progress.done();
    }
    // A part of the models is for a look; the report has all.
    if (options.models) return speeds;
    const ownPath = await withWorker(bench, (worker) => worker.call<DotPath>("path"));
    await writeEnginesReport({ speeds, paths, starts, refusals, ownPath });
  } finally {
    await rm(state, { recursive: true, force: true });
  }
  return speeds;
}

/** What all measurements share: the bundled Worker, and an R2 that is filled once. */
interface Bench {
  readonly bundled: BundledWorker;
  readonly state: string;
}

async function withWorker<T>(
  { bundled, state }: Bench,
  use: (worker: RunningWorker) => Promise<T>,
): Promise<T> {
  const worker = await startWorker(bundled, { folders: modelFolders(), state });
  try {
    return await use(worker);
  } finally {
    await worker.stop();
  }
}
