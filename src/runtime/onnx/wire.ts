/**
 * Protobuf messages as files may have them: read by pbf, which trusts what it reads, and checked here. (protobuf-es checks, but is 70 kB and takes 25 ms
 * of every cold start to set its descriptors up.)
 *
 * What pbf reads past the end is `undefined`, which ends no varint and fits no `DataView`: it throws, or its position lies behind the end.
 *
 * @module
 */
import { PbfReader } from "pbf";

/** A field's value, not read yet. */
export type WireValue = PbfReader;

/** How a value is encoded (https://protobuf.dev/programming-guides/encoding). */
const WIRE_TYPES = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
type WireType = keyof typeof WIRE_TYPES;

/**
 * Calls `visit` with every field of a message, in order. A value that it does not read is skipped.
 *
 * @param bytes the message; values are views into it
 * @throws {Error} where the bytes are no message
 */
export function eachField(bytes: Uint8Array, visit: (field: number, value: WireValue) => void): void {
  const reader = new PbfReader(bytes);
  for (let field = reader.nextField(); field !== 0; field = reader.nextField()) visit(field, reader);
  // pbf stops alike at the end, behind it, and at a field 0, which protobuf does not have.
  if (reader.pos !== reader.length)
    throw new SyntaxError("a field ends behind its message, or is numbered 0");
}

/** A field that must hold bytes: a message, or a text. A view. @throws {Error} */
export function bytesOf(value: WireValue): Uint8Array {
  expectType(value, "bytes");
  return value.readBytes();
}

/** A text. Faulty UTF-8 becomes U+FFFD: a name is only compared. @throws {Error} */
export function textOf(value: WireValue): string {
  expectType(value, "bytes");
  return value.readString();
}

/** A signed integer of up to 64 bits; beyond 2⁵³ it is rounded. @throws {Error} */
export function integerOf(value: WireValue): number {
  expectType(value, "varint");
  return value.readVarint(true);
}

/** Repeated integers, packed or one by one; rounded beyond 2⁵³. @throws {Error} */
export function integersOf(value: WireValue, { signed = true } = {}): number[] {
  return repeated(value, "varint", (reader) => reader.readVarint(signed));
}

/** Repeated 32-bit floats, packed or one by one. @throws {Error} */
export function floatsOf(value: WireValue): number[] {
  return repeated(value, "fixed32", (reader) => reader.readFloat());
}

/** Repeated 64-bit floats, packed or one by one. @throws {Error} */
export function doublesOf(value: WireValue): number[] {
  return repeated(value, "fixed64", (reader) => reader.readDouble());
}

/** Packed numbers have a reader of their own, so that none reaches behind them. */
function repeated(value: WireValue, type: WireType, read: (reader: PbfReader) => number): number[] {
  if (value.type === WIRE_TYPES[type]) return [read(value)];
  const reader = new PbfReader(bytesOf(value));
  const numbers: number[] = [];
  while (reader.pos < reader.length) numbers.push(read(reader));
  return numbers;
}

function expectType({ type }: WireValue, expected: WireType): void {
  if (type !== WIRE_TYPES[expected]) throw new SyntaxError(`a field of wire type ${type}, not ${expected}`);
}
