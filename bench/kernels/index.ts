/**
 * Times every kernel on the shapes of real layers, in workerd, each in turns with the roof that it is held against.
 *
 * `npx tsx bench/kernels/index.ts [network…] [--build simd]`
 *
 * @module
 */
import { parseArgs } from "node:util";
import { median, pairedRatio, significant } from "../harness/statistics.ts";
import { bundleWorker, startWorker } from "../harness/worker.ts";
import { type KernelCase, networkCases } from "./cases.ts";
import type { PairAnswer, PairRequest } from "./worker.ts";

/** Turns of the register loop in one measurement: about 80 ms at 30 GMAC/s. */
const ROOF_TURNS = 5e7;
/** Multiply-adds of single floats in one turn (bench/kernels/roofs). */
const ROOF_MACS = 48;
/** A measurement lasts about this long: workerd's clock counts whole milliseconds. */
const TARGET_MS = 80;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { build: { type: "string", default: "relaxed" }, rounds: { type: "string", default: "5" } },
});
const build = values.build === "simd" ? "simd" : "relaxed";
const networks = networkCases();
const names = positionals.length > 0 ? positionals : Object.keys(networks);

const worker = await startWorker(await bundleWorker("bench/kernels/worker.ts"));
try {
  for (const name of names) {
    let total = 0;
    const rows: [KernelCase, number, string][] = [];
    for (const one of networks[name] ?? []) {
      const { milliseconds, line } = await measure(one);
      total += milliseconds;
      rows.push([one, milliseconds, line]);
    }
    console.log(`\n${name}: ${total.toFixed(2)} ms in kernels`);
    for (const [, milliseconds, line] of rows) {
      console.log(`${((100 * milliseconds) / total).toFixed(1).padStart(5)} %  ${line}`);
    }
  }
} finally {
  await worker.stop();
}

/** Times one case against its roof: registers where it multiplies, a copy of as many bytes where it only moves. */
async function measure(one: KernelCase): Promise<{ milliseconds: number; line: string }> {
  const ask = (repeats: number, rounds: number) => {
    const roof =
      one.macs > 0
        ? { name: "multiplyAdd", args: [ROOF_TURNS, 1 << 20], repeats: 1 }
        : { name: "copyBytes", args: [repeats, 1 << 20, 112 << 20, (one.bytes >> 7) << 6], repeats: 1 };
    const request: PairRequest = {
      build,
      kernel: { name: one.kernel, args: one.args, repeats },
      roof,
      rounds,
    };
    return worker.call<PairAnswer>("pair", request);
  };
  // Enough calls that the clock's milliseconds do not matter.
  let repeats = Math.max(1, Math.ceil(1e8 / (one.macs + 4 * one.bytes)));
  const probe = median((await ask(repeats, 1)).kernel);
  repeats = Math.max(1, Math.ceil((repeats * TARGET_MS) / Math.max(probe, 1)));
  const answer = await ask(repeats, Number(values.rounds));
  const milliseconds = median(answer.kernel) / repeats;
  const label = one.layer.padEnd(44);
  const time = `${milliseconds.toFixed(4).padStart(9)} ms`;
  if (one.macs > 0) {
    const ratio = pairedRatio(answer.roof, answer.kernel);
    const share = (ratio * one.macs * repeats) / (ROOF_TURNS * ROOF_MACS);
    const rate = significant(one.macs / milliseconds / 1e6);
    const bandwidth = significant(one.bytes / milliseconds / 1e6);
    return {
      milliseconds,
      line: `${label} ${time} ${rate} GMAC/s, ${(100 * share).toFixed(0)} % of the roof, ${bandwidth} GB/s`,
    };
  }
  const share = pairedRatio(answer.roof, answer.kernel);
  return {
    milliseconds,
    line: `${label} ${time} ${significant(one.bytes / milliseconds / 1e6)} GB/s, ${(100 * share).toFixed(0)} % of a copy`,
  };
}
