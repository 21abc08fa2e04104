/**
 * What the engine benchmark and its Worker say to each other.
 *
 * @module
 */
import type { EngineName } from "../../src/runtime/engines/engine.ts";
import type { Q8_PATH } from "../../src/runtime/engines/kernels/module-q8.ts";

/** A way to multiply integers. */
export type DotPath = keyof typeof Q8_PATH;

/** What is measured: a model's variant on an engine, at a size. */
export interface Choice {
  readonly engine: EngineName;
  readonly model: string;
  readonly variant: string;
  readonly height: number;
  readonly width: number;
  /** Of our engine: forced, instead of the fastest exact one of the processor. */
  readonly dotPath?: DotPath;
}

/** Answer to `open`. */
export interface Opened {
  /** From nothing (engine not started) to open sessions, reading from R2 included; not hashing. */
  readonly load_ms: number;
  /** Reading the same objects from R2 and hashing them, alone. */
  readonly storage_ms: number;
}

/** Argument of `time`: each choice is run `repeats` times in a row, then the next one, `rounds` times over. */
export interface Timing {
  readonly choices: readonly Choice[];
  /** By choice. workerd's clock counts whole milliseconds: what is short is run often. */
  readonly repeats: readonly number[];
  readonly rounds: number;
}

/** Answer to `time`: milliseconds a run, by choice and round. */
export interface Timed {
  readonly times: readonly (readonly number[])[];
}
