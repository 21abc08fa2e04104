/**
 * Reads what `torch.save(model.state_dict(), path)` writes. Platform-free, and nothing in the file is ever executed.
 *
 * @module
 */
import { CheckpointError } from "./error.ts";
import { readLegacyCheckpoint } from "./legacy.ts";
import type { PickleDict, PickleValue } from "./pickle.ts";
import { isObject } from "./pickle.ts";
import type { Tensor } from "./tensor.ts";
import { readZipCheckpoint } from "./zip.ts";

/** A state dict: tensors by key, in the file's order, and what else it holds (packed parameters of quantized layers). */
export interface StateDict {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Pairs `(weight, bias)` of quantized linear layers, by key: `classifier.0._packed_params._packed_params`. */
  readonly packed: ReadonlyMap<string, PackedLinear>;
}

/** The packed parameters of a quantized linear layer. */
export interface PackedLinear {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
}

/** Where training scripts keep the state dict in a larger dict (torchvision's references: `model`; Lightning: `state_dict`). */
const WRAPPERS = ["model", "state_dict"];

/**
 * Reads a checkpoint's state dict.
 *
 * Reads both of torch's containers (zip, and the one before version 1.6), pickle protocols 2 to 5, float32, float64, float16, bfloat16,
 * integer, boolean and quantized tensors, shared storages and strides. Memory stays within a small multiple of the file's own size.
 *
 * @param bytes The whole file.
 * @throws {CheckpointError} when it is no checkpoint, is damaged, or holds anything but a state dict. A pickled class or function is
 * refused by its name.
 * @example
 * const { tensors } = await readCheckpoint(await readFile("mobilenet_v3_small-047dcff4.pth"));
 * const weight = readFloats(tensors.get("features.0.0.weight")); // Float32Array of 16 × 3 × 3 × 3
 */
export async function readCheckpoint(bytes: Uint8Array): Promise<StateDict> {
  return stateDictOf(await readContainer(bytes));
}

async function readContainer(bytes: Uint8Array): Promise<PickleValue> {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readZipCheckpoint(bytes); // "PK"
  if (bytes[0] === 0x80) return readLegacyCheckpoint(bytes); // Pickle's PROTO opcode.
  throw new CheckpointError(
    "not_a_checkpoint",
    "neither a zip archive nor a pickle, as files of torch.save are",
  );
}

function stateDictOf(value: PickleValue): StateDict {
  const dict = unwrap(value);
  const tensors = new Map<string, Tensor>();
  const packed = new Map<string, PackedLinear>();
  for (const [key, entry] of dict.entries) {
    if (typeof key !== "string") continue;
    if (isTensor(entry)) tensors.set(key, entry);
    const pair = packedLinear(entry);
    if (pair) packed.set(key, pair);
  }
  if (tensors.size === 0)
    throw new CheckpointError("unsupported", "the file holds no tensors: it is not a state dict");
  return { tensors, packed };
}

/** The state dict itself, or the one inside a training script's checkpoint. */
function unwrap(value: PickleValue): PickleDict {
  if (isTensor(value) || !isObject(value) || value.kind !== "dict") {
    throw new CheckpointError("unsupported", "the file's object is not a dict: it is not a state dict");
  }
  for (const key of WRAPPERS) {
    const inner = value.entries.get(key);
    if (isObject(inner) && inner.kind === "dict") return inner;
  }
  return value;
}

function packedLinear(value: PickleValue): PackedLinear | undefined {
  if (!isObject(value) || value.kind !== "tuple" || value.items.length !== 2) return undefined;
  const [weight, bias = null] = value.items;
  if (!isTensor(weight) || !(bias === null || isTensor(bias))) return undefined;
  return { weight, bias };
}

function isTensor(value: PickleValue | undefined): value is Tensor {
  return isObject(value) && value.kind === "tensor";
}
