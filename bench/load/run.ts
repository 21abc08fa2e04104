/**
 * The Worker under load: throughput and latency at several numbers of connections, its memory before and after, and what happens over the
 * bound of its queue.
 *
 * @module
 */
import { cpus, loadavg } from "node:os";
import path from "node:path";
import { prepareModels } from "../../tools/models/install.ts";
import { modelFolders, ROOT } from "../../tools/models/paths.ts";
import { UserError } from "../../tools/user-error.ts";
import { type Row, writeReport } from "../harness/report.ts";
import { significant } from "../harness/statistics.ts";
import { bundleWorker, type RunningWorker, startWorker } from "../harness/worker.ts";
import { type Memory, measureMemory } from "./memory.ts";
import type { Volley, VolleyResult } from "./protocol.ts";
import { send } from "./send.ts";

/** Connections, and their share of all requests. One connection is the slowest, and says no more with more requests. */
const STAGES = [
  { connections: 1, share: 0.1 },
  { connections: 8, share: 0.4 },
  { connections: 64, share: 0.5 },
] as const;

/** Sent before the first figure: V8's optimising tiers and the pools of buffers have settled by then. */
const WARM_UP = { requests: 300, keepAlive: true };

/** Requests inside at most in the run over the bound, and how many come at once. */
const SMALL_DEPTH = 8;
const BURST = 64;

const PHOTO = path.join(ROOT, "public/samples/astronaut.jpg");
const MODEL = "mobilenet_v3_large_075_tiny_imagenet";

/**
 * Measures, writes `bench/results/load`, and returns the rows.
 *
 * @param requests how many in all, those over the bound not counted
 * @throws {UserError} when a request is not answered as it should be
 */
export async function benchLoad({ requests }: { requests: number }): Promise<Row[]> {
  const folders = modelFolders();
  await prepareModels(folders);
  const bundle = await bundleWorker("src/index.ts", folders);
  const rows: Row[] = [];
  for (const [measure, variables] of [
    [withinBound, {}],
    [overBound, { QUEUE_DEPTH: String(SMALL_DEPTH) }],
  ] as const) {
    const worker = await startWorker(bundle, { folders, variables });
    try {
      rows.push(...(await measure(worker, requests)));
    } finally {
      await worker.stop();
    }
  }
  await report(requests, rows);
  return rows;
}

async function withinBound(worker: RunningWorker, requests: number): Promise<Row[]> {
  for (const connections of [1, 64]) await volley(worker, { ...WARM_UP, connections });
  const rows = [toRow("before", await measureMemory(worker))];
  for (const { connections, share } of STAGES) {
    const result = await volley(worker, {
      connections,
      requests: Math.round(requests * share),
      keepAlive: true,
    });
    if (!isOnly(result, "200"))
      throw new UserError(`Not all were answered by 200: ${JSON.stringify(result)}`);
    rows.push(toRow(connections, await measureMemory(worker), result));
  }
  return rows;
}

async function overBound(worker: RunningWorker, requests: number): Promise<Row[]> {
  await volley(worker, { ...WARM_UP, connections: 1 });
  const bursts = { connections: BURST, requests: Math.round(requests / 4), keepAlive: false };
  const result = await volley(worker, bursts);
  if (!isOnly(result, "200", "429") || result.withoutRetryAfter > 0) {
    throw new UserError(`Not all were answered by 200, or 429 with Retry-After: ${JSON.stringify(result)}`);
  }
  const refused = toRow(
    `bursts of ${BURST}, QUEUE_DEPTH=${SMALL_DEPTH}`,
    await measureMemory(worker),
    result,
  );
  const unknown = await volley(worker, bursts, "/nothing");
  return [refused, toRow(`bursts of ${BURST} to no route (404)`, await measureMemory(worker), unknown)];
}

function volley(
  { origin }: RunningWorker,
  how: Omit<Volley, "url" | "file">,
  address = `/v1/classify?model=${MODEL}`,
): Promise<VolleyResult> {
  return send({ url: new URL(address, origin).href, file: PHOTO, ...how });
}

/** Whether each request was answered, by one of the statuses. */
function isOnly({ byStatus, errors }: VolleyResult, ...statuses: readonly string[]): boolean {
  return errors === 0 && Object.keys(byStatus).every((status) => statuses.includes(status));
}

function toRow(connections: number | string, memory: Memory, result?: VolleyResult): Row {
  const answered = result?.byStatus["200"];
  const refused = result?.byStatus["429"] ?? result?.byStatus["404"];
  const figure = (value: number | undefined) => (value === undefined ? null : significant(value));
  return {
    connections,
    answered: answered?.count ?? null,
    refused: result === undefined ? null : (refused?.count ?? 0),
    // Bursts have pauses between them, which say nothing.
    per_second: refused ? null : figure(result && (answered?.count ?? 0) / result.seconds),
    p50_ms: figure(answered?.p50),
    p99_ms: figure(answered?.p99),
    refused_p50_ms: figure(refused?.p50),
    refused_p99_ms: figure(refused?.p99),
    ...memory,
  };
}

function report(requests: number, rows: readonly Row[]): Promise<void> {
  return writeReport({
    name: "load",
    title: "Load",
    command: `npm run bench -- load --requests ${requests}`,
    notes: [
      `\`POST /v1/classify\` of a photo of 512 × 512 pixels, 40 kB, by \`${MODEL}\`, over loopback, from autocannon in a process of its own, connections kept ` +
        "alive. One isolate with one thread: more connections wait longer, they are not served faster. Every request was answered; in the first runs each by 200.",
      "Memory after each run, garbage collected: `rss_mb` is the whole process workerd (its code, the local R2, and V8's own garbage included), `heap_mb` V8's used " +
        `heap and ArrayBuffers, \`wasm_mb\` WebAssembly memories. "before" is after ${WARM_UP.requests} requests on one connection, and as many on 64.`,
      `The last run is over the queue's bound: bursts of ${BURST} requests, each on a connection of its own, against ${SMALL_DEPTH} places. Every refusal was 429 with \`Retry-After\`, ` +
        "sent before the picture was read; how long it took is to be held against the last row, the same bursts to an address that there is not: what 64 connections that come at once cost " +
        "the process that sends and the one that answers, on this machine.",
      `The machine has ${cpus().length} processors. Its load average over the last 15 minutes of the run was ${loadavg()[2]?.toFixed(1)}, of which the run itself makes about 2: ` +
        "what is more were others, who take their share of the throughput.",
    ],
    rows,
  });
}
