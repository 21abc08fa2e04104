/**
 * `npm run bench -- memory`: what torchvision's models take of a Worker's memory, in fp32 and in int8, and all of them in int8 at once.
 *
 * @module
 */
import type { VariantName } from "../../src/runtime/manifest.ts";
import { modelFolders } from "../../tools/models/paths.ts";
import { readRecords } from "../../tools/models/store.ts";
import { startProgress } from "../../tools/terminal.ts";
import { UserError } from "../../tools/user-error.ts";
import { type Row, writeReport } from "../harness/report.ts";
import { significant } from "../harness/statistics.ts";
import { startWorker } from "../harness/worker.ts";
import { ALL_INT8, ALL_INT8_MOST, MEMORY_LIMITS } from "./cases.ts";
import { bundleMemoryWorker, type MemoryCase, type MemoryUse, measureMemory } from "./measure.ts";

const MB = 1e6;

/** Measures, and writes `bench/results/memory.{json,md}`. @throws {UserError} where a model is not installed */
export async function benchMemory(): Promise<Row[]> {
  const folders = modelFolders();
  const records = await readRecords(folders);
  const missing = ALL_INT8.filter(({ model }) => !records.get(model)?.model.variants.int8);
  if (missing.length > 0) {
    throw new UserError(`Not installed in int8: ${missing.map(({ model }) => model).join(", ")}.`);
  }
  const bundle = await bundleMemoryWorker(folders);
  const { state } = folders;
  // Fills the local R2, which all share.
  await (await startWorker(bundle, { folders, state })).stop();
  const measure = (cases: readonly MemoryCase[]) => measureMemory(bundle, { state }, cases);
  const progress = startProgress("memory");
  const rows: Row[] = [];
  for (const { most, ...one } of MEMORY_LIMITS) {
    for (const [variant, limit] of [
      ["fp32", most],
      ["int8", most / 2],
    ] as const satisfies [VariantName, number][]) {
      rows.push(toRow(one.model, variant, await measure([{ ...one, variant }]), limit));
      progress.update(rows.length, 2 * MEMORY_LIMITS.length + 1);
    }
  }
  // Twice: what has made room for another would be loaded again.
  rows.push(toRow("all seven at once", "int8", await measure([...ALL_INT8, ...ALL_INT8]), ALL_INT8_MOST));
  progress.done();
  await writeReport({
    name: "memory",
    title: "Memory",
    command: "npm run bench -- memory",
    notes: [
      "WebAssembly memory (`wasm_mb`), and V8's used heap and ArrayBuffers at their peak above the idle Worker's (`heap_mb`; garbage counts until it is collected): loading " +
        "from R2, decoding and answering a picture of the network's largest usual input, each row in a fresh isolate. `bar_mb`: the most that the sum may be, for int8 half of fp32's. " +
        "All seven: in turn, twice, none closed in between.",
    ],
    rows,
  });
  return rows;
}

function toRow(model: string, variant: VariantName, { wasm, heap }: MemoryUse, most: number): Row {
  const sum = (wasm + heap) / MB;
  return {
    model,
    variant,
    memory_mb: significant(sum),
    bar_mb: most,
    met: sum <= most ? "yes" : "no",
    wasm_mb: significant(wasm / MB),
    heap_mb: significant(heap / MB),
  };
}
