/**
 * An error that the user can act on: the command line prints its message in one line and exits with 1, without a stack.
 *
 * @module
 */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** Runs a command line: of a {@link UserError}, its message is all that is printed. */
export async function runCommandLine(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
