/**
 * `npm run bench -- request`: the processor time of a whole request, from the JPEG to the JSON, against what Workers' free plan gives.
 *
 * @module
 */
import type { VariantName } from "../../src/runtime/manifest.ts";
import { modelFolders } from "../../tools/models/paths.ts";
import { readRecord } from "../../tools/models/store.ts";
import { UserError } from "../../tools/user-error.ts";
import { type Row, type Section, writeReport } from "../harness/report.ts";
import { median, significant } from "../harness/statistics.ts";
import { type BundledWorker, bundleWorker, type RunningWorker, startWorker } from "../harness/worker.ts";
import { makePhoto, PHOTOS } from "../jpeg/photos.ts";
import { type CpuTime, findWorkerd, readCpuTime } from "./cpu-time.ts";
import { functionShares } from "./functions.ts";
import { partsOf } from "./parts.ts";
import { type Question, send } from "./send.ts";

const MODEL = "mobilenet_v3_small";
const VARIANTS: readonly VariantName[] = ["int8", "fp32"];
/** CPU time of a request on Workers' free plan, in milliseconds (Workers, "Limits"). */
const FREE_PLAN_MS = 10;
/** V8's optimising tiers have settled by then. */
const WARM_REQUESTS = 250;
/** Linux counts ticks of 10 ms: a batch has to take many. */
const BATCH = 100;
const BATCHES = 5;
/** Functions that the report names. */
const FUNCTIONS = 20;

/** What the report's rows are made of, in milliseconds. */
interface Measured {
  readonly request: CpuTime;
  /** Asked for nothing, with the same body. */
  readonly bare: CpuTime;
  readonly parts: ReadonlyMap<string, number>;
  readonly functions: readonly Row[];
}

/** Measures, and writes `bench/results/request.{json,md}`. @throws {UserError} without the model, or on another system than Linux */
export async function benchRequest(): Promise<Row[]> {
  const folders = modelFolders();
  const record = await readRecord(folders, MODEL);
  const missing = VARIANTS.filter((variant) => record?.model.variants[variant] === undefined);
  if (missing.length > 0) {
    throw new UserError(
      `${MODEL} is not installed in ${missing.join(" and ")}: npm run models -- install ${MODEL}`,
    );
  }
  const [kind] = PHOTOS;
  if (!kind) throw new TypeError("there is no photo");
  const photo = await makePhoto(kind);
  const bundle = await bundleWorker("src/index.slim.ts", folders);
  const rows: Row[] = [];
  const sections: Section[] = [];
  for (const variant of VARIANTS) {
    const measured = await measureVariant(bundle, variant, photo);
    rows.push(toRow(variant, measured));
    sections.push({ title: `Functions, ${variant}`, notes: [], rows: measured.functions });
  }
  await report(rows, sections, photo.byteLength);
  return rows;
}

function toRow(variant: VariantName, { request, bare, parts }: Measured): Row {
  const inside = [...parts.values()].reduce((sum, ms) => sum + ms, 0);
  return {
    variant,
    request_ms: significant(request.thread),
    ...Object.fromEntries([...parts].map(([part, ms]) => [part, significant(ms, 2)])),
    rest: significant(request.thread - inside, 2),
    nothing_ms: significant(bare.thread, 2),
    all_threads_ms: significant(request.process),
  };
}

async function measureVariant(
  bundle: BundledWorker,
  variant: VariantName,
  body: Uint8Array<ArrayBuffer>,
): Promise<Measured> {
  const question: Question = { route: `/v1/classify?model=${MODEL}&variant=${variant}`, body, status: 200 };
  const cpu = await withWorker(bundle, {}, async (worker) => ({
    request: await cpuOf(worker, question),
    bare: await cpuOf(worker, { route: "/nothing", body, status: 404 }),
    // Last: while it samples, everything takes longer.
    functions: await profile(worker, question, bundle.script),
  }));
  const timed = await withWorker(bundle, { TIMINGS: "true" }, async (worker) => {
    await send(worker, question, WARM_REQUESTS);
    return send(worker, question, BATCH * BATCHES);
  });
  return { ...cpu, parts: partsOf(timed) };
}

async function profile(worker: RunningWorker, question: Question, script: string): Promise<Row[]> {
  await send(worker, question, WARM_REQUESTS);
  const inspector = await worker.inspector();
  const found = await inspector.profile(() => send(worker, question, BATCH * BATCHES));
  inspector.close();
  return functionShares(found, script)
    .slice(0, FUNCTIONS)
    .map(({ file, name, share }) => ({
      percent: significant(100 * share, 2),
      function: name || "(anonymous)",
      file,
    }));
}

async function withWorker<T>(
  bundle: BundledWorker,
  variables: Readonly<Record<string, string>>,
  use: (worker: RunningWorker) => Promise<T>,
): Promise<T> {
  const worker = await startWorker(bundle, { folders: modelFolders(), variables });
  try {
    return await use(worker);
  } finally {
    await worker.stop();
  }
}

/** Processor time of a warm request, the median of batches. What an idle process takes meanwhile is less than a tick. */
async function cpuOf(worker: RunningWorker, question: Question): Promise<CpuTime> {
  const pid = await findWorkerd();
  await send(worker, question, WARM_REQUESTS);
  const batches: CpuTime[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const before = await readCpuTime(pid);
    await send(worker, question, BATCH);
    const after = await readCpuTime(pid);
    batches.push({
      process: (after.process - before.process) / BATCH,
      thread: (after.thread - before.thread) / BATCH,
    });
  }
  return {
    process: median(batches.map(({ process }) => process)),
    thread: median(batches.map(({ thread }) => thread)),
  };
}

async function report(rows: readonly Row[], sections: readonly Section[], photoBytes: number): Promise<void> {
  const request = Number(rows[0]?.request_ms);
  const verdict = request <= FREE_PLAN_MS ? "fits into" : "does not fit into";
  await writeReport({
    name: "request",
    title: "A whole request",
    command: "npm run bench -- request",
    notes: [
      `${request} ms of processor time for ${MODEL} in int8 ${verdict} the ${FREE_PLAN_MS} ms of Workers' free plan, on this machine.`,
      `The slim Worker in workerd, the model open, one request after the other, each a 640×480 JPEG of ${significant(photoBytes / 1024)} KiB. \`request_ms\`: CPU time of the thread ` +
        `that runs the isolate, by /proc (medians of ${BATCHES} batches of ${BATCH}); it contains sockets and miniflare's own Worker in front, which are about what a request for nothing with the same body ` +
        "takes (`nothing_ms`). The parts are the request's `Server-Timing`, in ms: `decode` and `resize` take turns row by row, `infer` is the network, `post` the rest of the slot; " +
        "`rest`: what remains of `request_ms`: HTTP, routing, reading the body, JSON. `all_threads_ms`: with V8's compiler and garbage collector. " +
        "Below: the share of each function alone, by V8's profiler; what V8 inlines counts for the caller (resizing a row for `emitRows`).",
    ],
    rows,
    sections,
  });
}
