/** Why a checkpoint was refused. */
export type CheckpointErrorKind =
  /** The bytes are not a file that `torch.save` writes. */
  | "not_a_checkpoint"
  /** Truncated, or contradicts itself. */
  | "damaged"
  /** Well-formed, but holds what a state dict does not hold: a pickled class, a function, a sparse tensor. */
  | "unsupported"
  /** Asks for more memory than its own size justifies. */
  | "too_large"
  /** A good state dict, but not of the network it was said to be. */
  | "wrong_network";

/** A checkpoint that cannot be used; `kind` tells why, the message names the part. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
  constructor(
    readonly kind: CheckpointErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
