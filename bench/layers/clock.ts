/**
 * A clock for what takes less than a tick: workerd's counts whole milliseconds.
 *
 * What is timed starts at a tick; after it, turns of a loop are counted until the next tick, which tell what was left of the
 * millisecond. A disturbed measurement is only ever too long.
 *
 * @module
 */

/** Milliseconds between ticks. */
const TICK = 1;
/** Ticks whose turns are counted to know how many make one. */
const CALIBRATION_TICKS = 30;
/** Of those, the turns of a tick in which nothing else ran: nearly the most. */
const UNDISTURBED = 0.9;

/** Turns until the next tick. */
function turnsToTick(turn: () => void): number {
  const now = performance.now();
  let turns = 0;
  for (; performance.now() === now; turns++) turn();
  return turns;
}

/** A clock that measures with fractions of a millisecond. */
export interface FineClock {
  /** Milliseconds that `run` takes, called `repeats` times in a row. */
  time(run: () => void, repeats: number): number;
}

/** @param turn a loop on registers alone, of about a microsecond */
export function createFineClock(turn: () => void): FineClock {
  turnsToTick(turn);
  const counts = Array.from({ length: CALIBRATION_TICKS }, () => turnsToTick(turn)).sort((a, b) => a - b);
  const turnsOfTick = counts[Math.floor(counts.length * UNDISTURBED)] ?? 1;
  return {
    time(run, repeats) {
      turnsToTick(turn);
      const start = performance.now();
      for (let i = repeats; i > 0; i--) run();
      const turns = turnsToTick(turn);
      return Math.max(0, performance.now() - start - (TICK * turns) / turnsOfTick) / repeats;
    },
  };
}
