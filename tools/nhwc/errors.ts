/**
 * Why a network cannot be imported.
 *
 * @module
 */

/** Kinds of `ImportError`. */
export type ImportErrorKind =
  /** An operator that is not translated; `operator` and `node` name it. */
  | "unsupported_operator"
  /** A known operator, or the file, in a form that is not translated; the message says which and what is. */
  | "unsupported"
  /** The file contradicts itself, is cut short, or is not of the format. */
  | "malformed"
  /** Over a limit; the message names it. */
  | "too_large"
  /** An input, output or shape that the caller named, or must name. */
  | "options";

/** A network that cannot be imported; `kind` tells why, and the message names the node. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  /** The source's name of the operator: `TopKV2`, `CUSTOM:Foo`. */
  readonly operator: string | undefined;
  /** The node's name in the source. */
  readonly node: string | undefined;

  constructor(
    readonly kind: ImportErrorKind,
    message: string,
    where: { readonly operator?: string; readonly node?: string; readonly cause?: unknown } = {},
  ) {
    super(message, where.cause === undefined ? undefined : { cause: where.cause });
    this.operator = where.operator;
    this.node = where.node;
  }
}

/** Where an error happened: the operator and the node's name. */
export interface Where {
  readonly operator: string;
  readonly node: string;
}

/** An error about one node: `Conv2D "stem/conv": …`. */
export function nodeError(kind: ImportErrorKind, where: Where, message: string): ImportError {
  return new ImportError(kind, `${where.operator} "${where.node}": ${message}`, where);
}

/** The error for an operator that is not translated. */
export function unsupportedOperator(where: Where): ImportError {
  return nodeError(
    "unsupported_operator",
    where,
    "this operator is not supported. Cut the network before it with `outputs`, or convert it to ONNX yourself",
  );
}
