/**
 * How old a message can get.
 *
 * @module
 */
import type { Config } from "../../../src/config.ts";

/** Seconds: a held job's wait, then every retry slowed down and spread as far as that goes, within a queue's day. */
export function slowestRetries({ webhooks: { retryDelays } }: Config): number {
  return retryDelays.reduce((sum, delay) => sum + Math.min(86_400, Math.ceil(delay * 2 * 1.1)), 3600);
}
