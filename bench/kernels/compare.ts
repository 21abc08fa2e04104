/**
 * Integer kernels against float kernels on the same layers, in workerd: each layer in turns, then the sums of the networks.
 *
 * `npx tsx bench/kernels/compare.ts [network…] [--path pairs|octets|quads] [--rounds 3] [--milliseconds 20]`
 *
 * A forced path shows what a processor's own would cost here; its results may be wrong here.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { Q8_PATH } from "../../src/runtime/engines/kernels/module-q8.ts";
import { median } from "../harness/statistics.ts";
import { bundleWorker, startWorker } from "../harness/worker.ts";
import type { KernelCase } from "./case.ts";
import { casesF32, casesQ8 } from "./cases.ts";
import type { PairAnswer, PairRequest, Timed } from "./worker.ts";

/** Does nothing worth timing. */
const IDLE: Timed = { name: "copyBytes", args: [0, 0, 0, 0], repeats: 1 };

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    path: { type: "string" },
    rounds: { type: "string", default: "3" },
    milliseconds: { type: "string", default: "20" },
  },
});
const path = values.path ? { code: Q8_PATH[values.path as keyof typeof Q8_PATH], signed: false } : undefined;
const [floats, bytes] = [casesF32(), casesQ8()];
const names = positionals.length > 0 ? positionals : Object.keys(bytes);

const worker = await startWorker(await bundleWorker("bench/kernels/worker.ts"));
try {
  for (const name of names) await compare(name, floats[name] ?? [], bytes[name] ?? []);
} finally {
  await worker.stop();
}

/** Times the layers of a network in both ways. What only one of them has (the stems differ) counts in its sum. */
async function compare(name: string, ours: readonly KernelCase[], others: readonly KernelCase[]) {
  const left = [...ours];
  let [floatSum, byteSum] = [0, 0];
  console.log(`\n${name}: float ms, int8 ms, ratio`);
  for (const one of others) {
    const at = left.findIndex((other) => other.layer === one.layer);
    const [twin] = at < 0 ? [] : left.splice(at, 1);
    const [float, byte] = await time(twin, one);
    floatSum += float;
    byteSum += byte;
    const ratio = twin ? (byte / float).toFixed(2) : "–";
    console.log(`${one.layer.padEnd(44)} ${float.toFixed(4)} ${byte.toFixed(4)} ${ratio}`);
  }
  for (const one of left) {
    const [float] = await time(one, undefined);
    floatSum += float;
    console.log(`${one.layer.padEnd(44)} ${float.toFixed(4)} – –`);
  }
  const ratio = (byteSum / floatSum).toFixed(3);
  console.log(`${name}: ${floatSum.toFixed(3)} ms in floats, ${byteSum.toFixed(3)} ms in int8: ${ratio}`);
}

/** Milliseconds of both, medians of rounds in turns. */
async function time(float: KernelCase | undefined, byte: KernelCase | undefined): Promise<[number, number]> {
  const cases = [float, byte] as const;
  const repeats = cases.map(() => 0);
  const times: number[][] = cases.map(() => []);
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const [i, one] of cases.entries()) {
      if (!one) continue;
      const count = repeats[i] || Math.max(1, Math.ceil(2e7 / (one.macs + 4 * one.bytes)));
      const took = await call(one, count);
      if (round > 0) (times[i] as number[]).push(took / count);
      else repeats[i] = Math.max(1, Math.ceil((count * Number(values.milliseconds)) / Math.max(took, 1)));
    }
  }
  return times.map((all) => (all.length > 0 ? median(all) : 0)) as [number, number];
}

/** Milliseconds of so many calls. */
async function call(one: KernelCase, repeats: number): Promise<number> {
  const request: PairRequest = {
    build: "relaxed",
    kernel: { name: one.kernel, args: one.args, repeats },
    roof: IDLE,
    rounds: 1,
    ...(one.pack ? { pack: one.pack } : {}),
    ...(path ? { path } : {}),
  };
  return (await worker.call<PairAnswer>("pair", request)).kernel[0] as number;
}
