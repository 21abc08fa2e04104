/**
 * An error that the user can act on: the command line prints its message in one line and exits with 1, without a stack.
 *
 * @module
 */
export class UserError extends Error {
  override readonly name = "UserError";
}
