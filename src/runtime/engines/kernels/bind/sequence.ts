/**
 * Several bound calls as one.
 *
 * @module
 */
import type { Bound } from "./types.ts";

/** All of several bound calls, in order. */
export function sequence(parts: readonly Bound[]): Bound {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  return () => {
    for (const part of parts) part();
  };
}
