/**
 * `npm run bench -- engines`: what every installed model takes, by variant and engine, in workerd.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EngineName } from "../../src/runtime/engines/engine.ts";
import type { ManifestModel } from "../../src/runtime/manifest.ts";
import { modelFolders } from "../../tools/models/paths.ts";
import { readRecords } from "../../tools/models/store.ts";
import { startProgress } from "../../tools/terminal.ts";
import { UserError } from "../../tools/user-error.ts";
import { measureBundles } from "../harness/bundle-size.ts";
import { heldBytes, watchPeak } from "../harness/peak.ts";
import { type Row, writeReport } from "../harness/report.ts";
import { measureStartups } from "../harness/startup.ts";
import { median, pairedRatio, significant } from "../harness/statistics.ts";
import { type BundledWorker, bundleWorker, type RunningWorker, startWorker } from "../harness/worker.ts";
import type { Choice, Opened, Timed } from "./protocol.ts";

/** A row of the report. Ratio: median against onnxruntime-web's fp32 run of the same network in the same process, run by run in turn. */
export interface EngineRow extends Row {
  readonly model: string;
  readonly variant: string;
  readonly engine: EngineName;
  /** Height by width. */
  readonly input: string;
  readonly load_ms: number;
  readonly storage_ms: number;
  readonly first_ms: number;
  readonly median_ms: number;
  readonly wasm_mb: number;
  readonly heap_mb: number;
  readonly ratio: number | null;
}

/** What to measure. */
export interface EnginesOptions {
  /** All installed models where left out. */
  readonly models?: readonly string[] | undefined;
  readonly engines: readonly EngineName[];
}

/** How long the timed rounds of a pair may take together, in milliseconds. */
const TIMED_MS = 6000;
const MOST_ROUNDS = 60;
const LEAST_ROUNDS = 5;
const MB = 1e6;
/** An engine's refusal of a graph, as the Worker passes it on. */
const UNSUPPORTED = /EngineError: (.* is not supported)/;

/** Sizes at which a model is measured, height by width: its own, or small and usual ones for networks that take any. */
function sizesOf({ card }: ManifestModel): readonly (readonly [number, number])[] {
  const { preprocess } = card;
  switch (preprocess.kind) {
    case "resize_crop":
      return [[preprocess.crop, preprocess.crop]];
    case "letterbox":
      return [[preprocess.size, preprocess.size]];
    case "stretch":
      return [[preprocess.height, preprocess.width]];
    case "resize":
      // A square as benchmarks use it, and what torchvision's preset makes of a 4:3 photo.
      return [
        [320, 320],
        [preprocess.resize, Math.round((preprocess.resize * 4) / 3)],
      ];
    case "generalized_rcnn": {
      const pad = (side: number) => Math.ceil(side / preprocess.size_divisible) * preprocess.size_divisible;
      return [[pad(preprocess.min_size), pad(preprocess.max_size)]];
    }
  }
}

/** Measures, and writes `bench/results/engines.json` and `.md`. */
export async function benchEngines(options: EnginesOptions): Promise<EngineRow[]> {
  const records = await readRecords(modelFolders());
  const names = options.models ?? [...records.keys()];
  const state = await mkdtemp(path.join(tmpdir(), "edge-vision-bench-"));
  const bench = { bundled: await bundleWorker("bench/engines/worker.ts"), state };
  const rows: EngineRow[] = [];
  const refusals = new Set<string>();
  for (const name of names) {
    const record = records.get(name);
    if (!record)
      throw new UserError(`${name} is not installed. Installed: ${[...records.keys()].join(", ")}.`);
    for (const [height, width] of sizesOf(record.model)) {
      const progress = startProgress(`${name} ${height}x${width}`);
      const choices = Object.keys(record.model.variants).flatMap((variant) =>
        options.engines.map((engine): Choice => ({ engine, model: name, variant, height, width })),
      );
      for (const [index, choice] of choices.entries()) {
        try {
          rows.push(await measure(bench, choice, record.model));
        } catch (error) {
          // What an engine does not run is told in the report, and the others are measured all the same.
          const reason = UNSUPPORTED.exec((error as Error).message)?.[1];
          if (reason === undefined) throw error;
          refusals.add(`Not run: ${name} ${choice.variant} on ${choice.engine}: ${reason}.`);
        }
        progress.update(index + 1, choices.length);
      }
      progress.done();
    }
  }
  await rm(state, { recursive: true, force: true });
  await writeReport({
    name: "engines",
    title: "Engines",
    command: "npm run bench -- engines",
    notes: [
      "Measured in workerd, one thread. `load_ms`: engine start and model load in a fresh isolate, from a local R2; `storage_ms`: reading and hashing " +
        "the same files, alone. `first_ms`: the first run in that isolate. `median_ms`, `ratio`: warm, against onnxruntime-web's fp32 run of the same " +
        "network at the same size, run by run in turn; the ratio is the median of the pairs' ratios. Detection: network and post-processing. " +
        "`wasm_mb`: WebAssembly memory (it never shrinks, so this is the peak); `heap_mb`: V8's used heap and ArrayBuffers at their peak above the idle Worker.",
      ...refusals,
      ...(await deploymentNotes()),
    ],
    rows,
  });
  return rows;
}

/** What each environment weighs, and what its start costs. */
async function deploymentNotes(): Promise<string[]> {
  const notes: string[] = [];
  for (const { environment, raw, gzipped } of await measureBundles()) {
    const size = `${significant(gzipped / 1024)} KiB gzipped, ${significant(raw / 1024)} KiB`;
    const startup = await measureStartups(environment);
    const cpu = startup === null ? "not measured" : `${significant(startup)} ms of CPU`;
    notes.push(`Bundle (${environment}): ${size}. Its start (median by wrangler check startup): ${cpu}.`);
  }
  return notes;
}

/** What all measurements share: the bundled Worker, and an R2 that is filled once. */
interface Bench {
  readonly bundled: BundledWorker;
  readonly state: string;
}

async function measure(bench: Bench, choice: Choice, model: ManifestModel): Promise<EngineRow> {
  const cold = await withWorker(bench, (worker) => measureCold(worker, choice));
  const baseline = model.variants.fp32
    ? { ...choice, engine: "onnxruntime" as const, variant: "fp32" }
    : undefined;
  const warm = await withWorker(bench, (worker) => measureWarm(worker, choice, baseline));
  return {
    model: choice.model,
    variant: choice.variant,
    engine: choice.engine,
    input: `${choice.height}x${choice.width}`,
    load_ms: significant(cold.load_ms),
    storage_ms: significant(cold.storage_ms),
    first_ms: significant(cold.first_ms),
    median_ms: significant(warm.median_ms),
    wasm_mb: significant(cold.wasm / MB),
    heap_mb: significant(cold.heap / MB),
    ratio: warm.ratio === null ? null : significant(warm.ratio),
  };
}

async function withWorker<T>(bench: Bench, use: (worker: RunningWorker) => Promise<T>): Promise<T> {
  const worker = await startWorker(bench.bundled, { folders: modelFolders(), state: bench.state });
  try {
    return await use(worker);
  } finally {
    await worker.stop();
  }
}

async function measureCold(worker: RunningWorker, choice: Choice) {
  const inspector = await worker.inspector();
  await worker.call("idle");
  const idle = await heldBytes(inspector);
  const { result, peak } = await watchPeak(inspector, async () => {
    const opened = await worker.call<Opened>("open", choice);
    const { times } = await worker.call<Timed>("time", { choices: [choice], rounds: 1 });
    return { ...opened, first_ms: times[0]?.[0] ?? Number.NaN };
  });
  const { wasm } = await worker.call<{ wasm: number }>("memory", { engine: choice.engine });
  inspector.close();
  return { ...result, wasm, heap: peak.bytes - idle };
}

async function measureWarm(worker: RunningWorker, choice: Choice, baseline: Choice | undefined) {
  const choices = baseline && !sameChoice(choice, baseline) ? [choice, baseline] : [choice];
  for (const one of choices) await worker.call<Opened>("open", one);
  // V8 replaces its baseline code while the first runs go by; they are not counted.
  const trial = await worker.call<Timed>("time", { choices, rounds: 3 });
  const round = trial.times.reduce((sum, times) => sum + (times.at(-1) ?? 0), 0);
  const rounds = Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, Math.round(TIMED_MS / round)));
  const [ours = [], theirs] = (await worker.call<Timed>("time", { choices, rounds })).times;
  const ratio = theirs ? pairedRatio(ours, theirs) : baseline ? 1 : null;
  return { median_ms: median(ours), ratio };
}

function sameChoice(a: Choice, b: Choice): boolean {
  return a.engine === b.engine && a.variant === b.variant;
}
