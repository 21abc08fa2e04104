/**
 * Protobuf's wire format, as far as reading needs it (https://protobuf.dev/programming-guides/encoding). By hand, since the reader belongs to every
 * cold start: protobuf-es is 70 kB, and takes 25 ms to set its descriptors up before the first byte is read.
 *
 * @module
 */

/** What a field holds: a varint, or bytes (a message, a text, packed numbers, or the 4 or 8 bytes of a fixed-size number). */
export type WireValue = bigint | Uint8Array;

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;
const FIXED_32 = 5;

/** Where the tenth and last byte of a 64-bit varint begins. */
const LAST_SHIFT = 63;

const utf8 = new TextDecoder();

/**
 * Calls `visit` with every field of a message, in order.
 *
 * @param bytes the message; values are views into it
 * @throws {SyntaxError} where the bytes are no message
 */
export function eachField(bytes: Uint8Array, visit: (field: number, value: WireValue) => void): void {
  const cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const tag = Number(varint(cursor));
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case VARINT:
        visit(field, varint(cursor));
        break;
      case FIXED_64:
        visit(field, take(cursor, 8));
        break;
      case LENGTH:
        visit(field, take(cursor, Number(varint(cursor))));
        break;
      case FIXED_32:
        visit(field, take(cursor, 4));
        break;
      default:
        throw new SyntaxError(`a field of wire type ${tag % 8}`);
    }
  }
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** @returns 0 to 2⁶⁴ − 1 */
function varint(cursor: Cursor): bigint {
  // Nearly all are short: numbers are faster than big ones.
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = next(cursor);
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt(low);
  }
  let value = BigInt(low);
  for (let shift = 28; shift <= LAST_SHIFT; shift += 7) {
    const byte = next(cursor);
    value |= BigInt(byte & 0x7f) << BigInt(shift);
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw new SyntaxError("a number of more than 64 bits");
}

function next(cursor: Cursor): number {
  if (cursor.at === cursor.bytes.length) throw new SyntaxError("the bytes end within a number");
  return cursor.bytes[cursor.at++];
}

function take(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw new SyntaxError(`a field of ${length} bytes ends behind its message`);
  const part = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return part;
}

/** A field that must hold bytes. @throws {SyntaxError} */
export function bytesOf(value: WireValue): Uint8Array {
  if (typeof value === "bigint") throw new SyntaxError("a number where bytes belong");
  return value;
}

/** A text. Faulty UTF-8 becomes U+FFFD: a name is only compared. @throws {SyntaxError} */
export function textOf(value: WireValue): string {
  return utf8.decode(bytesOf(value));
}

/** A repeated integer, packed or one by one, as unsigned 64 bits. @throws {SyntaxError} */
export function integersOf(value: WireValue): bigint[] {
  if (typeof value === "bigint") return [value];
  const cursor = { bytes: value, at: 0 };
  const values: bigint[] = [];
  while (cursor.at < value.length) values.push(varint(cursor));
  return values;
}

/** An integer; of several, the last. @throws {SyntaxError} */
export function integerOf(value: WireValue): bigint {
  if (typeof value !== "bigint") throw new SyntaxError("bytes where a number belongs");
  return BigInt.asIntN(64, value);
}

/** Repeated 32-bit floats, packed or one by one. @throws {SyntaxError} */
export function floatsOf(value: WireValue): Float32Array {
  return new Float32Array(wholes(value, Float32Array.BYTES_PER_ELEMENT));
}

/** Repeated 64-bit floats, packed or one by one. @throws {SyntaxError} */
export function doublesOf(value: WireValue): Float64Array {
  return new Float64Array(wholes(value, Float64Array.BYTES_PER_ELEMENT));
}

/** A copy, aligned: the platform is little-endian as the format is. */
function wholes(value: WireValue, size: number): ArrayBuffer {
  const bytes = bytesOf(value);
  if (bytes.length % size !== 0) throw new SyntaxError(`${bytes.length} bytes of numbers of ${size}`);
  return new Uint8Array(bytes).buffer;
}
