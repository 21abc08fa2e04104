/**
 * Reads FlatBuffers that cannot be trusted.
 *
 * The runtime's accessors take every offset at its word: a hostile one reads zeros from beyond the end, or a list of two thousand million
 * entries. Here each offset and length is checked before it is followed, and the elements read are counted against the file's size, so
 * that a file in which everything points at everything ends soon.
 *
 * Format: flatbuffers.dev/internals. A table begins with the distance back to its vtable; a vtable holds its own size, the table's, and for
 * each field its place in the table, 0 where absent.
 *
 * @module
 */
import { ByteBuffer } from "flatbuffers";
import { ImportError } from "../nhwc/errors.ts";

/** A table: fields by their number in the schema. Absent fields have defaults. */
export interface Table {
  int8(field: number, fallback: number): number;
  uint8(field: number, fallback: number): number;
  int32(field: number, fallback: number): number;
  uint32(field: number, fallback: number): number;
  uint64(field: number): bigint;
  float32(field: number, fallback: number): number;
  bool(field: number): boolean;
  text(field: number): string | undefined;
  table(field: number): Table | undefined;
  tables(field: number): Table[];
  ints(field: number): number[] | undefined;
  longs(field: number): number[];
  floats(field: number): number[];
  /** The bytes of a list, not copied. */
  bytes(field: number): Uint8Array | undefined;
}

/** Elements that may be read for every byte of the file: structures of an honest file are read once, some twice. */
const READS_PER_BYTE = 4;
/** The most tables that are read: a network of a thousand operators has some 5,000 (operators, tensors, buffers, quantizations). */
const MAX_TABLES = 100_000;
/** The longest name that is read: TensorFlow's scopes make names of some hundred characters. */
const MAX_TEXT = 4096;

/**
 * Opens a file at its root table.
 *
 * @param identifier The four characters that the schema demands at byte 4.
 * @throws {ImportError} when the file is not one of that schema, here or in any later access.
 */
export function openFlatBuffer(bytes: Uint8Array, identifier: string): Table {
  const found = String.fromCharCode(...bytes.subarray(4, 8));
  if (bytes.length < 8 || found !== identifier) {
    throw new ImportError(
      "malformed",
      `The file is not a TensorFlow Lite model (${identifier} is missing at byte 4)`,
    );
  }
  const file = openFile(bytes);
  return tableAt(file, file.follow(0));
}

/** A file whose every access is checked. */
interface File {
  readonly buffer: ByteBuffer;
  readonly bytes: Uint8Array;
  /** Makes sure that `size` bytes at `at` are in the file. */
  check(at: number, size: number): number;
  /** Where the offset at `at` leads. */
  follow(at: number): number;
  /** Counts elements as read. */
  spend(count: number): void;
  /** Counts a table as read. */
  spendTable(): void;
}

function openFile(bytes: Uint8Array): File {
  const buffer = new ByteBuffer(bytes);
  let left = bytes.length * READS_PER_BYTE;
  let tables = 0;
  const check = (at: number, size: number): number => {
    if (at >= 0 && at + size <= bytes.length) return at;
    throw new ImportError(
      "malformed",
      `The file is damaged or cut short: it refers to byte ${at + size} of ${bytes.length}`,
    );
  };
  return {
    buffer,
    bytes,
    check,
    follow: (at) => check(at + buffer.readUint32(check(at, 4)), 4),
    spend(count) {
      left -= count;
      if (left < 0)
        throw new ImportError("malformed", "The file is damaged: its parts refer to each other too often");
    },
    spendTable() {
      if (++tables > MAX_TABLES)
        throw new ImportError("too_large", `The file has more than ${MAX_TABLES} tables`);
    },
  };
}

function tableAt(file: File, at: number): Table {
  const { buffer, check } = file;
  file.spendTable();
  const vtable = check(at - buffer.readInt32(check(at, 4)), 4);
  const vtableBytes = buffer.readUint16(vtable);
  check(vtable, vtableBytes);

  /** Where a field of `size` bytes lies, 0 when absent. */
  const place = (field: number, size: number): number => {
    const entry = 4 + 2 * field;
    if (entry + 2 > vtableBytes) return 0;
    const offset = buffer.readUint16(vtable + entry);
    return offset === 0 ? 0 : check(at + offset, size);
  };
  const scalar = <T>(field: number, size: number, read: (at: number) => T, fallback: T): T => {
    const found = place(field, size);
    return found === 0 ? fallback : read(found);
  };
  /** Start and length of a list of elements of `size` bytes. */
  const list = (field: number, size: number) => {
    const found = place(field, 4);
    if (found === 0) return undefined;
    const start = file.follow(found);
    const length = buffer.readUint32(start);
    check(start + 4, length * size);
    return { start: start + 4, length };
  };
  const elements = <T>(field: number, size: number, read: (at: number) => T): T[] | undefined => {
    const found = list(field, size);
    if (!found) return undefined;
    file.spend(found.length);
    return Array.from({ length: found.length }, (_, i) => read(found.start + i * size));
  };

  return {
    int8: (field, fallback) => scalar(field, 1, (p) => buffer.readInt8(p), fallback),
    uint8: (field, fallback) => scalar(field, 1, (p) => buffer.readUint8(p), fallback),
    int32: (field, fallback) => scalar(field, 4, (p) => buffer.readInt32(p), fallback),
    uint32: (field, fallback) => scalar(field, 4, (p) => buffer.readUint32(p), fallback),
    uint64: (field) => scalar(field, 8, (p) => buffer.readUint64(p), 0n),
    float32: (field, fallback) => scalar(field, 4, (p) => buffer.readFloat32(p), fallback),
    bool: (field) => scalar(field, 1, (p) => buffer.readUint8(p) !== 0, false),
    text: (field) => {
      const found = list(field, 1);
      if (!found) return undefined;
      const length = Math.min(found.length, MAX_TEXT);
      file.spend(length);
      return new TextDecoder().decode(file.bytes.subarray(found.start, found.start + length));
    },
    table: (field) => {
      const found = place(field, 4);
      return found === 0 ? undefined : tableAt(file, file.follow(found));
    },
    tables: (field) => elements(field, 4, (p) => tableAt(file, file.follow(p))) ?? [],
    ints: (field) => elements(field, 4, (p) => buffer.readInt32(p)),
    longs: (field) => elements(field, 8, (p) => Number(buffer.readInt64(p))) ?? [],
    floats: (field) => elements(field, 4, (p) => buffer.readFloat32(p)) ?? [],
    bytes: (field) => {
      const found = list(field, 1);
      return found && file.bytes.subarray(found.start, found.start + found.length);
    },
  };
}
