/**
 * The classes and functions that state dicts name, and what we make of them. Nothing else is let through.
 *
 * @module
 */
import { CheckpointError } from "./error.ts";
import type { PickleGlobal, PickleHooks, PickleValue } from "./pickle.ts";
import { isObject } from "./pickle.ts";
import type { DType, Quantization, Storage, Tensor } from "./tensor.ts";
import { DTYPE_BYTES, STORAGE_TYPES, tensorSize } from "./tensor.ts";

/** Constants: element types and quantization schemes, which pickle as names. They are kept, and compared by name. */
const CONSTANTS = new Set([
  "torch.qint8",
  "torch.quint8",
  "torch.qint32",
  "torch.float32",
  "torch.float16",
  "torch.bfloat16",
  "torch.per_tensor_affine",
  "torch.per_channel_affine",
]);

/** What `REDUCE` may call. */
const FUNCTIONS: Readonly<Record<string, (args: readonly PickleValue[], budget: Budget) => PickleValue>> = {
  "collections.OrderedDict": orderedDict,
  "torch._utils._rebuild_tensor": (args, budget) => rebuildTensor(args.slice(0, 4), budget),
  "torch._utils._rebuild_tensor_v2": (args, budget) => rebuildTensor(args.slice(0, 4), budget),
  "torch._utils._rebuild_parameter": ([data]) => tensorOf(data, "a parameter"),
  "torch._utils._rebuild_qtensor": rebuildQuantized,
};

/** More dimensions than any network's tensor has. */
const MAX_RANK = 8;

/** Elements' bytes that all tensors of a file together may still take. */
interface Budget {
  bytes: number;
}

/**
 * Hooks for {@link unpickle} that build tensors.
 *
 * @param fileBytes Size of the file: its tensors together may take four times as much (shared storages, halves widened), no more.
 * @param storage Called with a storage's description wherever one is named; must give the same object for the same key.
 */
export function stateDictHooks(
  fileBytes: number,
  storage: (dtype: DType, key: string, length: number, view: PickleValue) => Storage,
): PickleHooks {
  const budget: Budget = { bytes: 4 * fileBytes };
  return {
    global(name) {
      if (!Object.hasOwn(FUNCTIONS, name) && !storageType(name) && !CONSTANTS.has(name)) {
        throw new CheckpointError(
          "unsupported",
          `the file names ${printable(name)}, which is not part of a state dict and is refused unread. Save the network with torch.save(model.state_dict(), path)`,
        );
      }
      return { kind: "global", name };
    },
    reduce(callable: PickleGlobal, args) {
      const call = FUNCTIONS[callable.name];
      if (!call)
        throw new CheckpointError("unsupported", `the file calls ${callable.name}, which is no function`);
      return call(args, budget);
    },
    persistentLoad(id) {
      // torch/serialization.py, `persistent_id`: ("storage", class, key, location, elements[, view of a legacy file]).
      const [tag, type, key, , length, view = null] = isObject(id) && id.kind === "tuple" ? id.items : [];
      const dtype = isObject(type) && type.kind === "global" ? storageType(type.name) : undefined;
      if (tag !== "storage" || !dtype || typeof key !== "string" || !isCount(length)) {
        throw new CheckpointError("damaged", "a storage is described in a way that torch does not write");
      }
      return storage(dtype, key, length, view);
    },
  };
}

function storageType(name: string): DType | undefined {
  return Object.hasOwn(STORAGE_TYPES, name) ? STORAGE_TYPES[name as keyof typeof STORAGE_TYPES] : undefined;
}

/** A name from a file that may hold anything: bounded, without control characters. `os.system` pickles as `posix.system`. */
function printable(name: string): string {
  const shown = JSON.stringify(name.slice(0, 120)).slice(1, -1);
  return shown.replace(/^(?:posix|nt)(\..*)$/, "$& (Python's os$1)");
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** `OrderedDict()`, or `OrderedDict([[key, value], …])`. */
function orderedDict(args: readonly PickleValue[]): PickleValue {
  const entries = new Map<string | number, PickleValue>();
  const [pairs] = args;
  for (const pair of isObject(pairs) && pairs.kind === "list" ? pairs.items : []) {
    const [key, value] = isObject(pair) && (pair.kind === "list" || pair.kind === "tuple") ? pair.items : [];
    if (typeof key !== "string" || value === undefined)
      throw new CheckpointError("damaged", "a broken OrderedDict");
    entries.set(key, value);
  }
  return { kind: "dict", entries };
}

/** `_rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks)`; the last two say nothing here. */
function rebuildTensor(args: readonly PickleValue[], budget: Budget): Tensor {
  const [storage, offset, size, stride] = args;
  const shape = countsOf(size);
  const strides = countsOf(stride);
  if (!isObject(storage) || storage.kind !== "storage" || !isCount(offset) || !shape || !strides) {
    throw new CheckpointError("damaged", "a tensor is described in a way that torch does not write");
  }
  const tensor: Tensor = { kind: "tensor", storage, offset, shape, strides };
  checkBounds(tensor);
  budget.bytes -= tensorSize(tensor) * DTYPE_BYTES[storage.dtype];
  if (budget.bytes < 0) {
    throw new CheckpointError("too_large", "the tensors take over four times what the file holds");
  }
  return tensor;
}

/** `_rebuild_qtensor(storage, storage_offset, size, stride, quantizer_params, requires_grad, backward_hooks)`. */
function rebuildQuantized(args: readonly PickleValue[], budget: Budget): Tensor {
  return { ...rebuildTensor(args.slice(0, 4), budget), quantization: quantizationOf(args[4]) };
}

function quantizationOf(params: PickleValue | undefined): Quantization {
  const [scheme, first, second, axis] = isObject(params) && params.kind === "tuple" ? params.items : [];
  const name = isObject(scheme) && scheme.kind === "global" ? scheme.name : undefined;
  if (name === "torch.per_tensor_affine" && typeof first === "number" && typeof second === "number") {
    return { scheme: "per_tensor", scale: first, zeroPoint: second };
  }
  const scales = name === "torch.per_channel_affine" ? numbersOf(first) : undefined;
  const zeroPoints = numbersOf(second);
  if (!scales || !zeroPoints || !isCount(axis)) {
    throw new CheckpointError(
      "damaged",
      "a quantized tensor is described in a way that torch does not write",
    );
  }
  return { scheme: "per_channel", scales, zeroPoints, axis };
}

/** Scales or zero points: a tensor, or a list in files of old versions. */
function numbersOf(value: PickleValue | undefined): readonly number[] | Tensor | undefined {
  if (!isObject(value)) return undefined;
  if (value.kind === "tensor") return value;
  const items = value.kind === "list" ? value.items : [];
  return items.length > 0 && items.every((item) => typeof item === "number") ? items : undefined;
}

function countsOf(value: PickleValue | undefined): readonly number[] | undefined {
  if (!isObject(value) || value.kind !== "tuple" || value.items.length > MAX_RANK) return undefined;
  return value.items.every(isCount) ? value.items : undefined;
}

function tensorOf(value: PickleValue | undefined, what: string): Tensor {
  if (isObject(value) && value.kind === "tensor") return value;
  throw new CheckpointError("damaged", `${what} holds no tensor`);
}

/** Refuses a tensor that reaches beyond its storage, or repeats it (stride 0) to look larger than it is. */
function checkBounds({ storage, offset, shape, strides }: Tensor): void {
  if (shape.length !== strides.length)
    throw new CheckpointError("damaged", "a tensor's size and strides differ");
  const size = shape.reduce((product, dim) => product * dim, 1);
  const last = shape.reduce((index, dim, d) => index + (dim - 1) * (strides[d] ?? 0), offset);
  if (size > storage.length || (size > 0 && last >= storage.length)) {
    throw new CheckpointError(
      "damaged",
      `a tensor of shape [${shape.join(", ")}] reaches beyond storage ${printable(storage.key)} of ${storage.length} elements`,
    );
  }
}
