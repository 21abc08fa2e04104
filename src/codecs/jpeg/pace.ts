/**
 * Restart intervals: which MCUs of a scan have data.
 *
 * @module
 */
import { type BitSource, restart } from "./bits.ts";

/** How far a scan has got in its restart interval. */
export interface Pace {
  readonly source: BitSource;
  /** MCUs between restart markers; 0: none. */
  readonly interval: number;
  /** MCUs until the next restart marker. */
  toGo: number;
}

/** The pace at the start of a scan. */
export function createPace(source: BitSource, interval: number): Pace {
  return { source, interval, toGo: interval };
}

/**
 * To be called before an MCU: passes the restart marker, where one is due.
 *
 * @returns whether it did, so that predictions have to be reset
 */
export function passRestart(pace: Pace): boolean {
  if (pace.interval === 0 || pace.toGo > 0) return false;
  restart(pace.source);
  pace.toGo = pace.interval;
  return true;
}

/** MCUs until the next restart marker, at most `count`. */
export function withinInterval(pace: Pace, count: number): number {
  return pace.interval === 0 ? count : Math.min(count, pace.toGo);
}

/** Counts MCUs that were decoded or left out. */
export function advance(pace: Pace, count: number): void {
  if (pace.interval > 0) pace.toGo -= count;
}
