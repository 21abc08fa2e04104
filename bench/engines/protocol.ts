/**
 * What the engine benchmark and its Worker say to each other.
 *
 * @module
 */
import type { EngineName } from "../../src/runtime/engines/engine.ts";

/** What is measured: a model's variant on an engine, at a size. */
export interface Choice {
  readonly engine: EngineName;
  readonly model: string;
  readonly variant: string;
  readonly height: number;
  readonly width: number;
}

/** Answer to `open`. */
export interface Opened {
  /** From nothing (engine not started) to open sessions, reading from R2 included; not hashing. */
  readonly load_ms: number;
  /** Reading the same objects from R2 and hashing them, alone. */
  readonly storage_ms: number;
}

/** Answer to `time`: milliseconds by choice and round. */
export interface Timed {
  readonly times: readonly (readonly number[])[];
}
