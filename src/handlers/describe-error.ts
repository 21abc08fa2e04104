/**
 * An error in words for the log.
 *
 * @module
 */

/** The messages of an error and its causes. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) messages.push(cause.message);
  return messages.join(" ← ");
}
