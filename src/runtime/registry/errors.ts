/**
 * Why a model cannot be had. The handlers map these to problem types.
 *
 * @module
 */

/** See {@link ModelError}. */
export type ModelErrorKind =
  /** No model of that name is known. */
  | "unknown_model"
  /** Known, but not installed here. */
  | "not_installed"
  /** The model does not come in that variant. */
  | "unknown_variant"
  /** The model is for another task. */
  | "wrong_task"
  /** The engine is not part of this deployment, or may not be chosen. */
  | "engine_unavailable"
  /** No engine of this deployment runs the model's graph. */
  | "unsupported_graph"
  /** Storage failed or did not answer. */
  | "storage_failure"
  /** What storage gave is not what the manifest says. */
  | "corrupt_model";

/** A model that cannot be had; `kind` tells why, `choices` what could have been asked for instead. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  constructor(
    readonly kind: ModelErrorKind,
    message: string,
    readonly choices?: readonly string[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
