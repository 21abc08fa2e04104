/**
 * The engine benchmark's report: ratios first.
 *
 * @module
 */
import { measureBundles } from "../harness/bundle-size.ts";
import { type Row, writeReport } from "../harness/report.ts";
import { measureStartups } from "../harness/startup.ts";
import { significant } from "../harness/statistics.ts";
import type { DotPath } from "./protocol.ts";

/** What was measured. */
export interface EnginesFindings {
  readonly speeds: readonly Row[];
  readonly paths: readonly Row[];
  readonly starts: readonly Row[];
  /** Sentences on what an engine does not run. */
  readonly refusals: readonly string[];
  /** The way to multiply that our engine takes here. */
  readonly ownPath: DotPath;
}

/** Writes `bench/results/engines.{json,md}`. */
export async function writeEnginesReport(found: EnginesFindings): Promise<void> {
  await writeReport({
    name: "engines",
    title: "Engines",
    command: "npm run bench -- engines",
    notes: [
      "Time of warm runs in workerd, one thread: our int8 over onnxruntime-web's fp32 (`int8_ort`), our int8 over our fp32, our fp32 over " +
        "onnxruntime-web's, each beside the most that it may be; below 1 we are faster. All run in turn in one process; a ratio is the median of the rounds'. " +
        "Detection: networks, cutting regions and post-processing; each contestant's own networks run, but as many regions and candidates go on as our fp32 leads to " +
        "(stages.ts), since with random weights their number is chance. mobilenet_v3_large_quantized stands against onnxruntime-web's fp32 run of mobilenet_v3_large.",
    ],
    rows: found.speeds,
    sections: [
      {
        title: "By the way integers are multiplied",
        notes: [
          `Our int8 over onnxruntime-web's fp32 and over our own, with each way forced, in the same run as above. This processor's fastest exact one, and so the one ` +
            `that is taken here, is ${found.ownPath}; all give the same integers where they are exact (src/kernels/q8-probe.ts).`,
        ],
        rows: found.paths,
      },
      {
        title: "Starts and memory",
        notes: [
          "`load_ms`: engine start and model load in a fresh isolate, from a local R2; `storage_ms`: reading and hashing the same files, alone; " +
            "`first_ms`: the first run. `wasm_mb`: WebAssembly memory (it never shrinks, so this is the peak); `heap_mb`: V8's used heap and " +
            "ArrayBuffers at their peak above the idle Worker.",
          ...found.refusals,
          ...(await deploymentNotes()),
        ],
        rows: found.starts,
      },
    ],
  });
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
