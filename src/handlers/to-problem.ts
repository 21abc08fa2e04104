/**
 * What the runtime and the codecs throw, as problems.
 *
 * @module
 */
import { CodecError, type CodecErrorKind } from "../codecs/types.ts";
import { EngineError } from "../runtime/engines/engine.ts";
import { NotEnoughMemoryError } from "../runtime/memory.ts";
import { CancelledError, OverloadedError } from "../runtime/queue.ts";
import { ModelError, type ModelErrorKind } from "../runtime/registry/errors.ts";
import { OptionError } from "../runtime/tasks/option-error.ts";
import { UrlRefusedError } from "./fetch-image/check-url.ts";
import { FetchImageError } from "./fetch-image/fetch-image.ts";
import { Problem, type ProblemType, problem } from "./problem.ts";

/** Seconds after which an overloaded caller may come again: a full queue of warm runs takes about as long. */
export const RETRY_AFTER_SECONDS = 5;

const CODEC: Readonly<Record<CodecErrorKind, ProblemType>> = {
  not_an_image: "not-an-image",
  unsupported: "unsupported-image",
  too_large: "image-too-large",
  broken: "broken-image",
};

const MODEL: Readonly<Record<ModelErrorKind, ProblemType>> = {
  unknown_model: "unknown-model",
  not_installed: "model-not-installed",
  unknown_variant: "unknown-variant",
  wrong_task: "wrong-task",
  engine_unavailable: "engine-unavailable",
  unsupported_graph: "unsupported-graph",
  storage_failure: "storage-failure",
  corrupt_model: "corrupt-model",
};

/** Turns anything thrown into a problem. What is not known by its class is `internal-error`, and its message stays with us. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CodecError) return problem(CODEC[error.kind], error.message, { cause: error });
  if (error instanceof ModelError) {
    const extensions = error.choices && { choices: error.choices };
    return problem(MODEL[error.kind], error.message, { cause: error, ...(extensions && { extensions }) });
  }
  if (error instanceof OptionError) {
    return problem("bad-parameter", error.message, { cause: error, extensions: { parameter: error.option } });
  }
  if (error instanceof NotEnoughMemoryError) {
    const extensions = { bytes: error.demand, limit: error.limit };
    return problem("not-enough-memory", error.message, { cause: error, extensions });
  }
  if (error instanceof OverloadedError) {
    const headers = { "Retry-After": String(RETRY_AFTER_SECONDS) };
    return problem("overloaded", `${error.message}; try again in ${RETRY_AFTER_SECONDS} s`, {
      cause: error,
      headers,
    });
  }
  if (error instanceof UrlRefusedError) return problem("url-refused", error.message, { cause: error });
  if (error instanceof FetchImageError) return problem("image-fetch-failed", error.message, { cause: error });
  if (error instanceof CancelledError) return problem("request-cancelled", error.message, { cause: error });
  if (error instanceof EngineError && error.kind === "out_of_memory") {
    return problem("not-enough-memory", "The engine has no memory left for this model and image.", {
      cause: error,
    });
  }
  if (error instanceof EngineError) {
    return problem("engine-failure", "The engine could not run the model on this image.", { cause: error });
  }
  return problem("internal-error", "An unexpected error; the log has it under this request's id.", {
    cause: error,
  });
}
