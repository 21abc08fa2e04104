/**
 * A checking mode: proves, call by call, that a plan reads and writes only where it may. For tests; it is slow.
 *
 * Every operand must lie inside its buffer (and, in bands, inside the rows that are held); buffers in use at the same time must not
 * overlap; a call must change nothing but its output and scratch, and a run nothing outside the arena. Memory that is not in use, and buffers before their first use, read as
 * NaN: whoever reads them spoils the outputs.
 *
 * @module
 */
import { EngineError } from "../engine.ts";
import type { Call, View } from "./calls.ts";
import { MEMORY_BASE } from "./module.ts";
import { type Operand, operandsOf } from "./operands.ts";
import type { Plan } from "./plan/build.ts";
import type { PlacedPlan, Probe } from "./session.ts";
import { ELEMENT, ELEMENT_SIZE, imageShape, LANES, padChannels, rowsOf, vectorBytes } from "./views.ts";

/** A NaN that no computation makes: all bits set. */
const POISON = 0xffffffff;

function fail(call: Call, what: string): never {
  throw new EngineError("failed", `${call.op} of ${call.layer}: ${what}`);
}

/** The part of a view that is touched; only images have rows. */
function touchedView({ view, rows }: Operand): View {
  return rows && view.dims.length === 4 ? rowsOf(view, rows) : view;
}

/** Offsets in bytes within the buffer, from the first of a run to behind its last. */
type Run = readonly [from: number, to: number];

/** Runs of consecutive elements; pixel padding counts with its channels. */
function* runs(view: View): Generator<Run> {
  let [from, to]: Run = [0, 0];
  for (const run of rowsOfElements(view)) {
    if (run[0] === to) to = run[1];
    else {
      if (from < to) yield [from, to];
      [from, to] = run;
    }
  }
  if (from < to) yield [from, to];
}

/** What lies side by side along one axis, for each index of the others. */
function* rowsOfElements(view: View): Generator<Run> {
  if (view.dims.some((dim) => dim === 0)) return;
  const { channels, pixelStride } = imageShape(view);
  const shaped = view.dims.length === 4 || view.dims.length === 2;
  const size = ELEMENT_SIZE[view.storage];
  const apart = pixelStride % LANES[view.storage] === 0 && pixelStride >= channels;
  const image = shaped && view.strides[1] === 1 && apart;
  const axis = image ? 1 : view.dims.length - 1;
  const dense = view.strides[axis] === 1 || view.dims[axis] === 1;
  const count = axis >= 0 && dense ? (view.dims[axis] ?? 1) : 1;
  const whole = image && view.offset % vectorBytes(view.storage) === 0;
  const length = (whole ? padChannels(count, view.storage) : count) * size;
  const outer = view.dims.map((dim, i) => (i === axis && dense ? 1 : dim));
  const index = outer.map(() => 0);
  for (;;) {
    const at = index.reduce((sum, i, a) => sum + i * (view.strides[a] ?? 0), 0);
    const start = view.offset + at * size;
    yield [start, start + length];
    let a = outer.length - 1;
    for (; a >= 0; a--) {
      index[a]++;
      if (index[a] < outer[a]) break;
      index[a] = 0;
    }
    if (a < 0) return;
  }
}

/** Checks that an operand lies inside its buffer and inside the rows that are held. */
function checkOperand(call: Call, operand: Operand, plan: Plan): void {
  const { view, rows } = operand;
  if (rows && rows[0] === rows[1]) return;
  if (view.held && rows && (rows[0] < view.held[0] || rows[1] > view.held[1])) {
    fail(call, `rows ${rows.join("–")} of which ${view.held.join("–")} are held`);
  }
  const buffer = plan.buffers[view.buffer];
  if (buffer.space === "weights") return;
  for (const [from, to] of runs(touchedView(operand))) {
    if (from < 0 || to > buffer.bytes) {
      fail(call, `bytes ${from}–${to} of a buffer of ${buffer.bytes}`);
    }
  }
}

/** The first and last call that touches each buffer of the arena. */
function lifetimes(plan: Plan): { first: number; last: number }[] {
  const lives = plan.buffers.map(() => ({ first: Number.POSITIVE_INFINITY, last: -1 }));
  const touch = (view: View, at: number) => {
    const life = lives[view.buffer];
    life.first = Math.min(life.first, at);
    life.last = Math.max(life.last, at);
  };
  for (const [i, call] of plan.calls.entries()) {
    const { reads, writes, scratch } = operandsOf(call);
    for (const { view } of [...reads, ...writes, ...scratch]) touch(view, i);
  }
  for (const view of plan.outputs.values()) touch(view, plan.calls.length);
  return lives;
}

/** Checks that buffers in use at the same time do not overlap, and that all lie in the arena. */
function checkPlacement(plan: Plan, lives: readonly { first: number; last: number }[]): void {
  const blocks = plan.buffers.flatMap((buffer, i) =>
    buffer.space === "arena" && lives[i].last >= 0
      ? [{ start: plan.offsets[i], end: plan.offsets[i] + buffer.bytes, ...lives[i] }]
      : [],
  );
  for (const [i, a] of blocks.entries()) {
    if (a.end > plan.arenaBytes) throw new EngineError("failed", `a buffer ends at ${a.end} of the arena`);
    for (const b of blocks.slice(i + 1)) {
      const together = a.first <= b.last && b.first <= a.last;
      if (together && a.start < b.end && b.start < a.end) {
        throw new EngineError(
          "failed",
          `buffers at ${a.start} and ${b.start} are in use together and overlap`,
        );
      }
    }
  }
}

/**
 * What can be told of a plan without running it: every operand lies inside its buffer, buffers in use together do not overlap, and all lie in the arena.
 *
 * @throws {EngineError} `failed`, naming the call
 */
export function checkPlan(plan: Plan): void {
  checkPlacement(plan, lifetimes(plan));
  for (const call of plan.calls) {
    const { reads, writes, scratch } = operandsOf(call);
    for (const operand of [...reads, ...writes, ...scratch]) checkOperand(call, operand, plan);
  }
}

/** A probe that checks every call. (For inputs of tensors and images: regions use memory behind the arena.) */
export function checkingProbe(): Probe {
  /** By plan: its buffers' lifetimes, the calls seen so far, what lay around the arena when its run began, and in it before the last call. */
  const known = new WeakMap<
    Plan,
    {
      lives: { first: number; last: number }[];
      bound: number;
      around?: readonly Uint32Array[];
      before: Uint8Array;
    }
  >();
  return (bound, call, placed) => {
    const { plan } = placed;
    let state = known.get(plan);
    if (!state || state.bound === plan.calls.length) {
      state = { lives: lifetimes(plan), bound: 0, before: new Uint8Array(arenaWords(placed).byteLength) };
      checkPlan(plan);
      known.set(plan, state);
    }
    const { lives, before } = state;
    const run = state;
    const at = state.bound++;
    const { writes, scratch } = operandsOf(call);
    return () => {
      if (at === 0) run.around = aroundArena(placed).map((words) => words.slice());
      poison(placed, lives, at);
      const words = arenaWords(placed);
      const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
      before.set(bytes);
      bound();
      for (const operand of [...writes, ...scratch]) {
        const { buffer } = operand.view;
        for (const [from, to] of runs(touchedView(operand))) {
          const start = plan.offsets[buffer] + from;
          before.set(bytes.subarray(start, start + to - from), start);
        }
      }
      const changed = firstDifference(words, new Uint32Array(before.buffer));
      if (changed >= 0)
        fail(call, `changed byte ${changed * ELEMENT} of the arena, which is not its output's`);
      if (at === plan.calls.length - 1) {
        const kept = aroundArena(placed).every(
          (words, i) => firstDifference(words, run.around?.[i] ?? words) < 0,
        );
        if (!kept) fail(call, "it, or a call before it, wrote outside the arena");
      }
    };
  };
}

/** The arena as words; taken anew, as growing memory detaches it. */
function arenaWords({ plan, memory, arena }: PlacedPlan): Uint32Array {
  return new Uint32Array(memory.buffer, arena, Math.floor(plan.arenaBytes / ELEMENT));
}

/** Memory of callers before and behind the arena: packed weights, and what other sessions hold. */
function aroundArena({ plan, memory, arena }: PlacedPlan): readonly Uint32Array[] {
  const end = Math.ceil((arena + plan.arenaBytes) / ELEMENT) * ELEMENT;
  const before = new Uint32Array(memory.buffer, MEMORY_BASE, (arena - MEMORY_BASE) / ELEMENT);
  return [before, new Uint32Array(memory.buffer, end)];
}

/** Spoils what is not in use during a call, or not written yet. */
function poison(placed: PlacedPlan, lives: readonly { first: number; last: number }[], at: number): void {
  const { plan } = placed;
  const words = arenaWords(placed);
  const used = plan.buffers
    .flatMap((buffer, i) =>
      buffer.space === "arena" && lives[i].first < at && lives[i].last >= at
        ? [[plan.offsets[i] / ELEMENT, (plan.offsets[i] + buffer.bytes) / ELEMENT] as const]
        : [],
    )
    .sort((a, b) => a[0] - b[0]);
  let free = 0;
  for (const [start, end] of used) {
    if (start > free) words.fill(POISON, free, start);
    free = Math.max(free, end);
  }
  words.fill(POISON, free);
}

function firstDifference(a: Uint32Array, b: Uint32Array): number {
  // Read once: the length of an array over WebAssembly memory is looked up at every use, and that takes three quarters of the time.
  const { length } = a;
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return -1;
}
