/**
 * When a message comes again.
 *
 * @module
 */

/** A queue lets a message wait a day at most (https://developers.cloudflare.com/queues/platform/limits/). */
const MAX_DELAY_SECONDS = 86_400;

/** What retries are spread by, so that those of one outage do not come all at once. */
const JITTER = 0.1;

/**
 * Half of how long a held job's message waits at most. A queue forgets messages by age, on the free plan after a day, and retries are to come after the wait; one
 * that comes back too early waits anew.
 */
const MAX_WAIT_SECONDS = 1800;

/**
 * Seconds until the next attempt: what the schedule says, or twice as much, so that all attempts together fit into what a queue keeps.
 *
 * @param delays seconds before the second attempt, the third, …; the last one for all that follow
 * @param attempts how many there have been
 * @param slow whether the receiver asks for more time
 */
export function delayOf(delays: readonly number[], attempts: number, slow = false): number {
  const scheduled = delays[Math.min(attempts, delays.length) - 1] ?? 0;
  const spread = scheduled * (slow ? 2 : 1) * (1 + Math.random() * JITTER);
  return Math.min(MAX_DELAY_SECONDS, Math.ceil(spread));
}

/**
 * Seconds until a job that waits for an endpoint looks again. Jobs are spread over as much time again: all at once they would overload it anew.
 *
 * @param seconds until the endpoint may be called
 */
export function holdDelay(seconds: number): number {
  return Math.ceil(Math.min(seconds, MAX_WAIT_SECONDS) * (1 + Math.random()));
}
