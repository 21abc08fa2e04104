/**
 * A fresh isolate from nothing to its first run: time and memory.
 *
 * @module
 */
import { heldBytes, watchPeak } from "../harness/peak.ts";
import type { Row } from "../harness/report.ts";
import { significant } from "../harness/statistics.ts";
import type { RunningWorker } from "../harness/worker.ts";
import { openSupported } from "./open.ts";
import type { Choice, Timed, Timing } from "./protocol.ts";

const MB = 1e6;

/** The row, or why there is none. */
export async function measureStart(worker: RunningWorker, choice: Choice): Promise<Row | string> {
  const inspector = await worker.inspector();
  await worker.call("idle");
  const idle = await heldBytes(inspector);
  const { result, peak } = await watchPeak(inspector, async () => {
    const opening = await openSupported(worker, choice);
    if (!opening.ok) return opening;
    const once: Timing = { choices: [choice], repeats: [1], rounds: 1 };
    const { times } = await worker.call<Timed>("time", once);
    return { ...opening, first_ms: times[0]?.[0] ?? Number.NaN };
  });
  const { wasm } = await worker.call<{ wasm: number }>("memory", choice);
  inspector.close();
  const { model, variant, engine, height, width } = choice;
  if (!result.ok) return `Not run: ${model} ${variant} on ${engine}: ${result.reason}.`;
  return {
    model,
    variant,
    engine,
    input: `${height}x${width}`,
    load_ms: significant(result.load_ms),
    storage_ms: significant(result.storage_ms),
    first_ms: significant(result.first_ms),
    wasm_mb: significant(wasm / MB),
    heap_mb: significant((peak.bytes - idle) / MB),
  };
}
