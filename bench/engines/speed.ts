/**
 * Warm runs of a network side by side: our engine in fp32 and int8, the latter with each way to multiply, and onnxruntime-web in fp32.
 *
 * @module
 */
import type { Manifest } from "../../src/runtime/manifest.ts";
import type { Row } from "../harness/report.ts";
import { median, pairedRatio, significant } from "../harness/statistics.ts";
import type { RunningWorker } from "../harness/worker.ts";
import { type Bars, FLOAT_TWIN } from "./bars.ts";
import { openSupported } from "./open.ts";
import type { Choice, DotPath, Timed, Timing } from "./protocol.ts";

/** What is run, by the name that its column has. */
type Contestant = "int8" | "fp32" | "ort" | DotPath;

/** The ways to multiply, slowest first. */
export const DOT_PATHS: readonly DotPath[] = ["pairs", "octets", "quads"];

/** How long the timed rounds of a network may take together, and one measurement should at least: the clock counts whole milliseconds. */
const TIMED_MS = 10_000;
const MEASUREMENT_MS = 25;
const MOST_ROUNDS = 40;
const LEAST_ROUNDS = 7;
/** V8 replaces its baseline code while the first runs go by; they are not counted. */
const WARM_ROUNDS = 4;

/** Milliseconds a run, round by round. */
export type Times = Readonly<Partial<Record<Contestant, readonly number[]>>>;

/** Runs a model's contestants in turn, in a fresh isolate. */
export async function measureSpeed(
  worker: RunningWorker,
  models: Manifest["models"],
  model: string,
  [height, width]: readonly [number, number],
): Promise<Times> {
  const contestants = new Map<Contestant, Choice>();
  const enter = async (name: Contestant, choice: Omit<Choice, "height" | "width">) => {
    const sized = { ...choice, height, width };
    const variants = models[choice.model]?.variants ?? {};
    if (choice.variant in variants && (await openSupported(worker, sized)).ok) contestants.set(name, sized);
  };
  await enter("fp32", { engine: "kernels", model, variant: "fp32" });
  const fp32 = contestants.get("fp32");
  // The others do as much between a detector's graphs (stages.ts).
  if (fp32 && "box_head" in (models[model]?.variants.fp32?.graphs ?? {})) await worker.call("record", fp32);
  await enter("int8", { engine: "kernels", model, variant: "int8" });
  await enter("ort", { engine: "onnxruntime", model: FLOAT_TWIN[model] ?? model, variant: "fp32" });
  for (const dotPath of DOT_PATHS) {
    await enter(dotPath, { engine: "kernels", model, variant: "int8", dotPath });
  }
  const choices = [...contestants.values()];
  const time = async (rounds: number, repeats: readonly number[]) => {
    const timing: Timing = { choices, rounds, repeats };
    return (await worker.call<Timed>("time", timing)).times;
  };
  const once = choices.map(() => 1);
  const first = (await time(WARM_ROUNDS, once)).map((times) => Math.max(1, times.at(-1) ?? 1));
  const often = first.map((ms) => Math.ceil(MEASUREMENT_MS / ms));
  const warm = (await time(WARM_ROUNDS, often)).map((times) => median(times));
  const round = warm.reduce((sum, ms, i) => sum + ms * (often[i] ?? 1), 0);
  const rounds = Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, Math.round(TIMED_MS / round)));
  const times = await time(rounds, often);
  return Object.fromEntries([...contestants.keys()].map((name, i) => [name, times[i]]));
}

function ratio(times: Times, over: Contestant, under: Contestant): number | null {
  const [a, b] = [times[over], times[under]];
  return a && b ? significant(pairedRatio(a, b)) : null;
}

function medianOf(times: Times, name: Contestant): number | null {
  const list = times[name];
  return list ? significant(median(list)) : null;
}

/**
 * The model's ratios, each beside its bar, and whether all are met.
 *
 * @param bars what they are held to, if to anything
 */
export function speedRow(model: string, input: string, times: Times, bars?: Bars): Row {
  const ratios = {
    int8_ort: ratio(times, "int8", "ort"),
    int8_fp32: ratio(times, "int8", "fp32"),
    fp32_ort: ratio(times, "fp32", "ort"),
  };
  const missed = (Object.keys(bars ?? {}) as (keyof Bars)[]).filter(
    (name) => !((ratios[name] ?? Number.NaN) <= (bars?.[name] ?? 0)),
  );
  return {
    model,
    input,
    int8_ort: ratios.int8_ort,
    int8_ort_bar: bars?.int8_ort ?? null,
    int8_fp32: ratios.int8_fp32,
    int8_fp32_bar: bars?.int8_fp32 ?? null,
    fp32_ort: ratios.fp32_ort,
    fp32_ort_bar: bars?.fp32_ort ?? null,
    met: bars ? (missed.length === 0 ? "yes" : `no: ${missed.join(", ")}`) : null,
    int8_ms: medianOf(times, "int8"),
    fp32_ms: medianOf(times, "fp32"),
    ort_ms: medianOf(times, "ort"),
  };
}

/** The model's int8 ratios with each way to multiply. */
export function pathRow(model: string, input: string, times: Times): Row {
  const columns = (under: "ort" | "fp32") =>
    DOT_PATHS.map((path) => [`${path}_${under}`, ratio(times, path, under)] as const);
  return { model, input, ...Object.fromEntries([...columns("ort"), ...columns("fp32")]) };
}
