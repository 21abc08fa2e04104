/**
 * Tells what a request's time goes to, where the configuration says that clocks run (`TIMINGS`).
 *
 * @module
 */
import type { PushRow } from "../runtime/preprocess/index.ts";
import type { LoadedModel } from "../runtime/registry/types.ts";
import type { AppContext } from "./context.ts";

/**
 * `wait`: for the slot. `load`: opening models. `decode` and `resize`: from the picture's file to the network's input; rows pass from one to the other. `infer`: the
 * networks. `post`: the rest of the slot: boxes, masks, drawing, JSON.
 */
export const PARTS = ["wait", "load", "decode", "resize", "infer", "post"] as const;
export type Part = (typeof PARTS)[number];

/** See {@link createStopwatch}. */
export interface Stopwatch {
  /** Milliseconds so far. */
  readonly ms: Readonly<Record<Part, number>>;
  /** Counts time for the part from now on. @returns what goes back to the part before */
  enter(part: Part): () => void;
}

/** Makes a stopwatch. A part that is entered within another stops it: each moment counts once. */
export function createStopwatch(now: () => number = () => performance.now()): Stopwatch {
  const ms: Record<Part, number> = { wait: 0, load: 0, decode: 0, resize: 0, infer: 0, post: 0 };
  let current: Part | undefined;
  let last = 0;
  const become = (part: Part | undefined): void => {
    const time = now();
    if (current !== undefined) ms[current] += time - last;
    current = part;
    last = time;
  };
  return {
    ms,
    enter(part) {
      const before = current;
      become(part);
      return () => become(before);
    },
  };
}

/** Does the work, its time counted for the part where the request is timed. */
export async function timed<T>(c: AppContext, part: Part, work: () => T | Promise<T>): Promise<T> {
  const leave = c.get("stopwatch")?.enter(part);
  try {
    return await work();
  } finally {
    leave?.();
  }
}

/** Counts what the resizer does with each row. */
export function timedRows(stopwatch: Stopwatch): (push: PushRow) => PushRow {
  return (push) => (y, row) => {
    const leave = stopwatch.enter("resize");
    push(y, row);
    leave();
  };
}

/** The model, its networks' runs counted. */
export function timedModel(model: LoadedModel, stopwatch: Stopwatch): LoadedModel {
  const entries = Object.entries(model.sessions).map(([role, session]) => {
    const run: typeof session.run = async (inputs) => {
      const leave = stopwatch.enter("infer");
      try {
        return await session.run(inputs);
      } finally {
        leave();
      }
    };
    return [role, { ...session, run }] as const;
  });
  return { ...model, sessions: Object.fromEntries(entries) };
}
