/**
 * A network's parameters, taken out of a state dict key by key, with one error at the end for all that did not fit.
 *
 * @module
 */
import type { PackedLinear, StateDict } from "../torch/checkpoint.ts";
import { CheckpointError } from "../torch/error.ts";
import { readNumbers, type Tensor } from "../torch/tensor.ts";

/** A dimension that is asked for: a number, or `null` for whatever the file has. */
export type ExpectedDim = number | null;

/** Takes parameters out of a state dict. */
export interface Parameters {
  /** Whether the state dict has this key. */
  has(key: string): boolean;
  /** The shape under a key, if it is there: for choices between forms of a layer. */
  shapeOf(key: string): readonly number[] | undefined;
  /**
   * The tensor under a key. Where it is missing or has another shape that is noted, and `undefined` is returned: go on, so that
   * one error can name all that is wrong.
   */
  tensor(key: string, shape: readonly ExpectedDim[]): Tensor | undefined;
  /** The one number under a key: a scale, a zero point. */
  number(key: string): number | undefined;
  /** The packed parameters of a quantized linear layer with a weight of this shape; noted like `tensor`. */
  packed(key: string, shape: readonly ExpectedDim[]): PackedLinear | undefined;
  /** How many keys were taken so far: for progress. */
  taken(): number;
  /** Notes something that does not fit, in words. */
  report(problem: string): void;
  /**
   * Ends the taking.
   *
   * @param unused Tells keys that the network has and inference does not need.
   * @throws {CheckpointError} of kind `wrong_network` that lists missing, misshaped and unexpected keys.
   */
  finish(unused?: (key: string) => boolean): void;
}

/** Keys named in an error for each way of being wrong; a whole other network has hundreds. */
const MAX_LISTED = 40;

/**
 * Opens a state dict.
 *
 * @param network Name of the network that it should fit, for messages.
 */
export function openParameters(state: StateDict, network: string): Parameters {
  const taken = new Set<string>();
  const missing = new Set<string>();
  const misshaped = new Map<string, string>();
  const problems: string[] = [];

  /** Notes a tensor that is missing or does not fit. */
  const check = (key: string, found: Tensor | undefined, shape: readonly ExpectedDim[]): boolean => {
    if (!found) {
      missing.add(key);
      return false;
    }
    const fits =
      found.shape.length === shape.length &&
      found.shape.every((dim, d) => dim > 0 && (shape[d] === null || shape[d] === dim));
    if (fits) return true;
    const expected = shape.map((dim) => dim ?? "any").join(", ");
    misshaped.set(key, `${key} (is [${found.shape.join(", ")}], should be [${expected}])`);
    return false;
  };
  const tensor = (key: string, shape: readonly ExpectedDim[]): Tensor | undefined => {
    taken.add(key);
    const found = state.tensors.get(key);
    return check(key, found, shape) ? found : undefined;
  };

  return {
    has: (key) => state.tensors.has(key) || state.packed.has(key),
    shapeOf: (key) => state.tensors.get(key)?.shape,
    tensor,
    number(key) {
      // A scalar, or one element: observers keep theirs as vectors.
      const rank = state.tensors.get(key)?.shape.length ?? 0;
      const found = tensor(key, rank === 0 ? [] : [1]);
      return found && readNumbers(found)[0];
    },
    packed(key, shape) {
      taken.add(key);
      const found = state.packed.get(key);
      if (!check(key, found?.weight, shape)) return undefined;
      const bias = found?.bias;
      return !bias || check(`${key}[1]`, bias, found.weight.shape.slice(0, 1)) ? found : undefined;
    },
    taken: () => taken.size,
    report(problem) {
      problems.push(problem);
    },
    finish(unused = () => false) {
      const all = [...state.tensors.keys(), ...state.packed.keys()];
      const unexpected = all.filter(
        (key) => !taken.has(key) && !key.endsWith(".num_batches_tracked") && !unused(key),
      );
      const lists = [
        listed("missing", [...missing]),
        listed("misshaped", [...misshaped.values()]),
        listed("unexpected", unexpected),
        ...problems,
      ].filter((part) => part !== "");
      if (lists.length === 0) return;
      throw new CheckpointError(
        "wrong_network",
        `the checkpoint does not fit ${network}: ${lists.join("; ")}`,
      );
    },
  };
}

function listed(how: string, keys: readonly string[]): string {
  if (keys.length === 0) return "";
  const more = keys.length > MAX_LISTED ? ` and ${keys.length - MAX_LISTED} more` : "";
  return `${keys.length} ${how}: ${keys.slice(0, MAX_LISTED).join(", ")}${more}`;
}
