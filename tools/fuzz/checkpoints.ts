/**
 * Damages checkpoints and feeds them to the reader and the converter:
 *
 *     npx tsx tools/fuzz/checkpoints.ts --count 10000
 *
 * Each must be converted or refused with a `CheckpointError`, within 2 seconds, and the process must stay below 512 MB. A finding is
 * printed with its case number, which `--start <number> --count 1` repeats.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";

/** Longest time that a file may take. */
const MAX_MS = 2000;
/** Peak memory of the whole process, toolchain included. */
const MAX_BYTES = 512 * 1024 * 1024;

/** What the thread says, in this order: that a case has started, and how it ended. */
interface Message {
  readonly started?: number;
  readonly seed?: string;
  readonly outcome?: string;
  readonly finding?: string;
  readonly ms?: number;
}

const { values } = parseArgs({
  options: { count: { type: "string", default: "10000" }, start: { type: "string", default: "1" } },
});
const start = Number(values.start);
const end = start + Number(values.count);
const outcomes = new Map<string, number>();
const findings: string[] = [];
let slowest = 0;
let worker = newWorker();

for (let caseNumber = start; caseNumber < end; caseNumber++) {
  let result = await runCase(caseNumber);
  // Cases are deterministic: what hangs once because the machine was busy does not hang again.
  if (result.outcome === "hung") result = await runCase(caseNumber);
  const { seed, outcome, finding, ms } = result;
  slowest = Math.max(slowest, ms);
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  if (finding !== undefined) findings.push(`case ${caseNumber} (${seed}): ${finding}`);
  if (caseNumber % 1000 === 0) process.stderr.write(`${caseNumber} ${peakMegabytes()} MB\n`);
}
await worker.terminate();

const counts = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
process.stdout.write(`${counts}; slowest ${slowest.toFixed(0)} ms, peak memory ${peakMegabytes()} MB\n`);
if (peakMegabytes() * 1024 * 1024 > MAX_BYTES)
  findings.push(`peak memory ${peakMegabytes()} MB is over 512 MB`);
for (const finding of findings) process.stdout.write(`FINDING ${finding}\n`);
process.exitCode = findings.length > 0 ? 1 : 0;

function newWorker(): Worker {
  return new Worker(new URL("./checkpoint-worker.ts", import.meta.url));
}

/** Runs one case; a thread that hangs is ended and replaced. */
async function runCase(
  caseNumber: number,
): Promise<{ seed: string; outcome: string; finding?: string; ms: number }> {
  const begun = nextMessage();
  worker.postMessage(caseNumber);
  const { seed = "" } = await begun;
  const timer = Promise.withResolvers<"hang">();
  const timeout = setTimeout(() => timer.resolve("hang"), MAX_MS);
  const ended = await Promise.race([nextMessage(), timer.promise]);
  clearTimeout(timeout);
  if (ended === "hang") {
    await worker.terminate();
    worker = newWorker();
    return { seed, outcome: "hung", finding: `no answer within ${MAX_MS} ms`, ms: MAX_MS };
  }
  const { outcome = "crashed", finding, ms = 0 } = ended;
  return { seed, outcome, ms, ...(finding !== undefined && { finding }) };
}

function nextMessage(): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>();
  worker.once("message", resolve);
  worker.once("error", reject);
  return promise.finally(() => worker.off("error", reject));
}

function peakMegabytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
