/**
 * When a message comes again.
 *
 * @module
 */

/** A queue lets a message wait a day at most (https://developers.cloudflare.com/queues/platform/limits/). */
const MAX_DELAY_SECONDS = 86_400;

/** What retries are spread by, so that those of one outage do not come all at once. */
const JITTER = 0.1;

/** What a receiver asks for. */
export interface Wait {
  /** More time than the schedule gives: twice as much. */
  readonly slow?: boolean;
  /** So many seconds at least, as in `Retry-After`. */
  readonly seconds?: number | undefined;
}

/**
 * Seconds until the next attempt.
 *
 * @param delays seconds before the second attempt, the third, …; the last one for all that follow
 * @param attempts how many there have been
 */
export function delayOf(
  delays: readonly number[],
  attempts: number,
  { slow = false, seconds = 0 }: Wait = {},
): number {
  const scheduled = delays[Math.min(attempts, delays.length) - 1] ?? 0;
  return bounded(Math.max(scheduled * (slow ? 2 : 1), seconds) * (1 + Math.random() * JITTER));
}

/**
 * Seconds until jobs that wait for an endpoint come again. They are spread over as much time again: all at once they would overload it anew.
 *
 * @param seconds until the endpoint may be called
 */
export function spreadDelay(seconds: number): number {
  return bounded(seconds * (1 + Math.random()));
}

function bounded(seconds: number): number {
  return Math.min(MAX_DELAY_SECONDS, Math.ceil(seconds));
}
