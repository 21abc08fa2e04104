/**
 * @module
 */

/** An option that a task cannot honour; the message names the option and what is accepted. Handlers answer 400. */
export class OptionError extends Error {
  override readonly name = "OptionError";
  constructor(
    /** The option's name as a request spells it. */
    readonly option: string,
    message: string,
  ) {
    super(message);
  }
}
