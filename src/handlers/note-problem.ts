/**
 * Notes what went wrong for the request's log line.
 *
 * @module
 */
import type { AppContext, LogFields } from "./context.ts";
import { describeError } from "./describe-error.ts";
import type { Problem } from "./problem.ts";
import { toProblem } from "./to-problem.ts";

/** The problem that something thrown is, noted. What is our fault is logged with its messages; the caller does not see them. */
export function noteProblem(
  c: AppContext,
  error: unknown,
  fields: Pick<LogFields, "outcome" | "error"> = c.get("log"),
): Problem {
  const reason = toProblem(error);
  fields.outcome = reason.type;
  if (reason.status >= 500) fields.error = describeError(reason);
  return reason;
}
