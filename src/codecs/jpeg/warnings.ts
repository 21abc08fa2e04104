/**
 * Collects what was wrong with a file but could be bridged.
 *
 * @module
 */
import { CodecError } from "../types.ts";

/** Hostile files can produce a warning for every block; nobody reads more than a few. */
const MOST_WARNINGS = 16;

/** What has been noticed so far; `strict` turns the first damage into an error. */
export interface Warnings {
  readonly strict: boolean;
  readonly messages: Set<string>;
}

/** An empty collection. */
export function createWarnings(strict: boolean): Warnings {
  return { strict, messages: new Set() };
}

/**
 * Damage that libjpeg bridges with a warning.
 *
 * @throws {CodecError} `broken`, where the caller asked for strictness.
 */
export function warnOfDamage(warnings: Warnings, message: string): void {
  if (warnings.strict) throw new CodecError("broken", `JPEG: ${message}`);
  warn(warnings, message);
}

/** An oddity that costs no pixels: reported, and tolerated in strict mode too. */
export function warn(warnings: Warnings, message: string): void {
  if (warnings.messages.size < MOST_WARNINGS) warnings.messages.add(message);
}
