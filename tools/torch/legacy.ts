/**
 * torch's container before version 1.6: five pickles one after the other, then the storages
 * (torch/serialization.py, `_legacy_save`).
 *
 * @module
 */
import { createCursor } from "./cursor.ts";
import { CheckpointError } from "./error.ts";
import { stateDictHooks } from "./globals.ts";
import type { PickleHooks, PickleValue } from "./pickle.ts";
import { isObject, unpickle } from "./pickle.ts";
import { DTYPE_BYTES, type Storage } from "./tensor.ts";

/** `torch.serialization.MAGIC_NUMBER` and `PROTOCOL_VERSION`. */
const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;

/** Hooks for the pickles around the object: numbers, strings and containers only. */
const PLAIN: PickleHooks = {
  global: refuse,
  reduce: refuse,
  persistentLoad: refuse,
};

function refuse(): never {
  throw new CheckpointError("damaged", "the head of the file holds more than numbers and strings");
}

/** Reads the pickled object of a legacy container, its storages located. */
export function readLegacyCheckpoint(bytes: Uint8Array): PickleValue {
  const magic = unpickle(bytes, 0, PLAIN);
  if (magic.value !== MAGIC_NUMBER) {
    throw new CheckpointError("not_a_checkpoint", "a Python pickle, but not one that torch.save wrote");
  }
  const version = unpickle(bytes, magic.end, PLAIN);
  if (version.value !== PROTOCOL_VERSION) {
    throw new CheckpointError(
      "unsupported",
      `version ${String(version.value)} of torch's old container: 1001 is read`,
    );
  }
  const system = unpickle(bytes, version.end, PLAIN);
  if (
    isObject(system.value) &&
    system.value.kind === "dict" &&
    system.value.entries.get("little_endian") === false
  ) {
    throw new CheckpointError("unsupported", "a checkpoint of a big-endian machine");
  }

  const storages = new Map<string, Storage>();
  /** Views, which newer versions of torch no longer write: parts of another storage under a key of their own. */
  const views: { storage: Storage; of: Storage; offset: number }[] = [];
  const hooks = stateDictHooks(bytes.length, (dtype, key, length, view) => {
    const known = storages.get(key);
    if (known && (known.dtype !== dtype || known.length !== length)) {
      throw new CheckpointError("damaged", `storage ${key} is described in two ways`);
    }
    const storage: Storage = known ?? { kind: "storage", key, dtype, length };
    storages.set(key, storage);
    if (view === null) return storage;
    const part = viewOf(storage, view);
    views.push({ storage: part.storage, of: storage, offset: part.offset });
    return part.storage;
  });
  const object = unpickle(bytes, system.end, hooks);
  const keys = unpickle(bytes, object.end, PLAIN);
  readStorages(bytes, keys, storages);
  for (const { storage, of, offset } of views) {
    const size = DTYPE_BYTES[of.dtype];
    if (of.bytes) storage.bytes = of.bytes.subarray(offset * size, (offset + storage.length) * size);
  }
  return object.value;
}

/** `(view_key, offset, view_size)`, in elements. */
function viewOf(base: Storage, view: PickleValue): { storage: Storage; offset: number } {
  const [key, offset, length] = isObject(view) && view.kind === "tuple" ? view.items : [];
  if (typeof key !== "string" || typeof offset !== "number" || typeof length !== "number") {
    throw new CheckpointError(
      "damaged",
      "a view of a storage is described in a way that torch does not write",
    );
  }
  if (!(offset >= 0 && length >= 0 && offset + length <= base.length)) {
    throw new CheckpointError("damaged", `a view reaches beyond storage ${base.key}`);
  }
  return { storage: { kind: "storage", key, dtype: base.dtype, length }, offset };
}

/** After the list of keys come the storages in its order: a 64-bit count of elements, then their bytes. */
function readStorages(
  bytes: Uint8Array,
  keys: { value: PickleValue; end: number },
  storages: ReadonlyMap<string, Storage>,
): void {
  const list = isObject(keys.value) && keys.value.kind === "list" ? keys.value.items : undefined;
  if (!list) throw new CheckpointError("damaged", "the list of storages is missing");
  const cursor = createCursor(bytes, keys.end, "the part with the storages");
  for (const key of list) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (!storage) throw cursor.damaged("a storage that no tensor uses");
    const length = cursor.length64();
    if (length !== storage.length) {
      throw cursor.damaged(`storage ${storage.key} should have ${storage.length} elements and has ${length}`);
    }
    const size = length * DTYPE_BYTES[storage.dtype];
    const from = cursor.take(size);
    storage.bytes = bytes.subarray(from, from + size);
  }
}
