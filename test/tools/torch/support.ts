import { readFileSync } from "node:fs";
import {
  Uint8ArrayReader,
  Uint8ArrayWriter,
  ZipReader,
  ZipWriter,
  type ZipWriterConstructorOptions,
} from "@zip.js/zip.js";

/** A file of `fixtures/`; `make.py` there says how each was made. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
}

/** Contents of an archive by entry name. */
export type Entries = Record<string, Uint8Array>;

/** Takes an archive apart. */
export async function unzip(bytes: Uint8Array): Promise<Entries> {
  const entries: Entries = {};
  for (const entry of await new ZipReader(new Uint8ArrayReader(bytes), {
    useWebWorkers: false,
  }).getEntries()) {
    if (!entry.directory) entries[entry.filename] = await entry.getData(new Uint8ArrayWriter());
  }
  return entries;
}

/** Puts an archive together; entries are stored, as torch stores them, unless options say otherwise. */
export async function zip(entries: Entries, options: ZipWriterConstructorOptions = {}): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false, level: 0, ...options });
  for (const [name, data] of Object.entries(entries)) await writer.add(name, new Uint8ArrayReader(data));
  return writer.close();
}

/** Bytes of a pickle written by hand: numbers are opcodes and small arguments, strings are themselves. */
export function pickle(...parts: readonly (number | string)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === "number" ? [part] : [...new TextEncoder().encode(part)])),
  );
}
