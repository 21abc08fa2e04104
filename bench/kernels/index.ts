/**
 * Times every kernel on the shapes of real layers, in workerd, each in turns with the roof that it is held against.
 *
 * `npx tsx bench/kernels/index.ts [network…] [--int8] [--build simd] [--rounds 5]`
 *
 * @module
 */
import { parseArgs } from "node:util";
import { median, pairedRatio, significant } from "../harness/statistics.ts";
import { bundleWorker, startWorker } from "../harness/worker.ts";
import type { KernelCase } from "./case.ts";
import { casesF32, casesQ8 } from "./cases.ts";
import type { PairAnswer, PairRequest, Timed } from "./worker.ts";

/** Loops on registers alone, with multiply-adds a turn (src/kernels/roofs.ts), and turns of a measurement: about 80 ms here. */
const ROOFS = {
  float: { name: "multiplyAdd", turns: 5e7, macs: 48 },
  integer: { name: "dotBytes", turns: 2e7, macs: 192 },
} as const;
/** A measurement lasts about this long: workerd's clock counts whole milliseconds. */
const TARGET_MS = 80;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    int8: { type: "boolean", default: false },
    build: { type: "string", default: "relaxed" },
    rounds: { type: "string", default: "5" },
  },
});
const build = values.build === "simd" ? "simd" : "relaxed";
const registers = values.int8 ? ROOFS.integer : ROOFS.float;
const networks = values.int8 ? casesQ8() : casesF32();
const names = positionals.length > 0 ? positionals : Object.keys(networks);

const worker = await startWorker(await bundleWorker("bench/kernels/worker.ts"));
try {
  for (const name of names) {
    const rows: { milliseconds: number; line: string }[] = [];
    for (const one of networks[name] ?? []) rows.push(await measure(one));
    const total = rows.reduce((sum, row) => sum + row.milliseconds, 0);
    console.log(`\n${name}: ${total.toFixed(2)} ms in kernels`);
    for (const { milliseconds, line } of rows) {
      console.log(`${((100 * milliseconds) / total).toFixed(1).padStart(5)} %  ${line}`);
    }
  }
} finally {
  await worker.stop();
}

/** Times one case against its roof: registers where it multiplies, a copy of as many bytes where it only moves. */
async function measure(one: KernelCase): Promise<{ milliseconds: number; line: string }> {
  const ask = (repeats: number, rounds: number) => {
    const roof: Timed =
      one.macs > 0
        ? { name: registers.name, args: [registers.turns, 1 << 20], repeats: 1 }
        : { name: "copyBytes", args: [repeats, 1 << 20, 112 << 20, (one.bytes >> 7) << 6], repeats: 1 };
    const kernel: Timed = { name: one.kernel, args: one.args, repeats };
    const request: PairRequest = { build, kernel, roof, rounds, ...(one.pack ? { pack: one.pack } : {}) };
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
  const ratio = pairedRatio(answer.roof, answer.kernel);
  const bandwidth = significant(one.bytes / milliseconds / 1e6);
  if (one.macs > 0) {
    const share = (ratio * one.macs * repeats) / (registers.turns * registers.macs);
    const rate = significant(one.macs / milliseconds / 1e6);
    return {
      milliseconds,
      line: `${label} ${time} ${rate} GMAC/s, ${(100 * share).toFixed(0)} % of the roof, ${bandwidth} GB/s`,
    };
  }
  return {
    milliseconds,
    line: `${label} ${time} ${bandwidth} GB/s, ${(100 * ratio).toFixed(0)} % of a copy`,
  };
}
