/**
 * torch's container since version 1.6: a zip archive of stored entries, `<name>/data.pkl` and `<name>/data/<key>`.
 *
 * @module
 */
import { type Entry, type FileEntry, Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import { CheckpointError } from "./error.ts";
import { stateDictHooks } from "./globals.ts";
import type { PickleValue } from "./pickle.ts";
import { unpickle } from "./pickle.ts";
import { DTYPE_BYTES, type Storage } from "./tensor.ts";

/** Reads the pickled object of a zip container, its storages loaded. */
export async function readZipCheckpoint(bytes: Uint8Array): Promise<PickleValue> {
  const reader = new ZipReader(new Uint8ArrayReader(bytes), {
    useWebWorkers: false,
    checkSignature: true,
    checkOverlappingEntry: true,
  });
  const archive = openArchive(await damagedOnFailure(reader.getEntries(), "its directory"), bytes.length);
  const pickle = await archive.read("data.pkl");
  const storages = new Map<string, Storage>();
  const hooks = stateDictHooks(bytes.length, (dtype, key, length) => {
    const known = storages.get(key);
    if (known && (known.dtype !== dtype || known.length !== length)) {
      throw new CheckpointError("damaged", `storage ${key} is described in two ways`);
    }
    const storage = known ?? { kind: "storage", key, dtype, length };
    storages.set(key, storage);
    return storage;
  });
  const { value } = unpickle(pickle, 0, hooks);
  await archive.checkByteOrder();
  for (const storage of storages.values()) {
    const expected = storage.length * DTYPE_BYTES[storage.dtype];
    storage.bytes = await archive.read(`data/${storage.key}`, expected);
  }
  return value;
}

/** The entries of one archive, by their path below its single folder. */
function openArchive(entries: readonly Entry[], fileBytes: number) {
  const pickle = entries.find((entry) => /^[^/]*\/data\.pkl$/.test(entry.filename));
  if (!pickle) {
    throw new CheckpointError(
      "not_a_checkpoint",
      "a zip archive, but not one that torch.save wrote: it has no data.pkl",
    );
  }
  const prefix = pickle.filename.slice(0, -"data.pkl".length);
  const files = new Map<string, FileEntry>();
  let stored = 0;
  for (const entry of entries) {
    if (entry.directory || !entry.filename.startsWith(prefix)) continue;
    files.set(entry.filename.slice(prefix.length), entry);
    stored += entry.uncompressedSize;
  }
  if (files.has("constants.pkl")) {
    throw new CheckpointError(
      "unsupported",
      "a TorchScript program: save the network with torch.save(model.state_dict(), path)",
    );
  }
  if (stored > fileBytes) {
    throw new CheckpointError("damaged", "the archive's entries claim more bytes than the file has");
  }

  const read = async (path: string, expected?: number): Promise<Uint8Array> => {
    const entry = files.get(path);
    if (!entry) throw new CheckpointError("damaged", `the archive lacks ${prefix}${path}`);
    if (entry.compressionMethod !== 0 || entry.encrypted) {
      throw new CheckpointError(
        "unsupported",
        `${entry.filename} is compressed or encrypted: torch only stores`,
      );
    }
    if (expected !== undefined && entry.uncompressedSize !== expected) {
      throw new CheckpointError(
        "damaged",
        `${entry.filename} should have ${expected} bytes and has ${entry.uncompressedSize}`,
      );
    }
    return damagedOnFailure(entry.getData(new Uint8ArrayWriter()), entry.filename);
  };

  return {
    read,
    /** Written since torch 2.0; files before that are little-endian. */
    async checkByteOrder() {
      if (!files.has("byteorder")) return;
      const order = new TextDecoder().decode(await read("byteorder"));
      if (order !== "little")
        throw new CheckpointError("unsupported", "a checkpoint of a big-endian machine");
    },
  };
}

/** Turns what the zip library throws into an error of ours. */
async function damagedOnFailure<T>(promise: Promise<T>, what: string): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError("damaged", `the zip archive is damaged (${what}: ${reason})`, { cause });
  }
}
