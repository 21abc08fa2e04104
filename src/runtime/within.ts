/**
 * Bounds the wait for something outside.
 *
 * @module
 */

/** What was waited for gave no answer in time. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

/**
 * The work's outcome, or an error when it takes longer. The work itself is not stopped: nobody waits for it any more.
 *
 * @throws {NoAnswerError} and whatever the work throws
 */
export async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswerError(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
