import { CheckpointError } from "./error.ts";

/** Longest line that is looked for: names of Python classes are shorter, and a missing newline costs no more than this. */
const MAX_LINE = 256;

/**
 * Starts reading at a place in a buffer. Every read past the end throws a {@link CheckpointError} of kind `damaged`.
 *
 * @param what What is read, for messages: "the pickle".
 */
export function createCursor(bytes: Uint8Array, start: number, what: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let at = start;

  const damaged = (how: string) =>
    new CheckpointError("damaged", `${what} is damaged at byte ${at - start}: ${how}`);

  /** Advances over `length` bytes and says where they begin. */
  const take = (length: number): number => {
    if (length > bytes.length - at) throw damaged("it ends too early");
    const from = at;
    at += length;
    return from;
  };

  const text = (length: number): string => {
    const from = take(length);
    try {
      return utf8.decode(bytes.subarray(from, from + length));
    } catch {
      throw damaged("a string that is not UTF-8");
    }
  };

  return {
    damaged,
    take,
    text,
    position: () => at,
    byte: () => view.getUint8(take(1)),
    uint16: () => view.getUint16(take(2), true),
    uint32: () => view.getUint32(take(4), true),
    int32: () => view.getInt32(take(4), true),
    float64BigEndian: () => view.getFloat64(take(8), false),

    /** A 64-bit length, which no more than the file's own can be. */
    length64(): number {
      const value = view.getBigUint64(take(8), true);
      if (value > BigInt(bytes.length)) throw damaged("a length beyond the end of the file");
      return Number(value);
    },

    /** A two's complement integer of `length` bytes (at most 255); a number where that is exact. */
    long(length: number): number | bigint {
      const from = take(length);
      let value = 0n;
      for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(view.getUint8(from + i));
      const signed = BigInt.asIntN(length * 8, value);
      return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
    },

    /** Text up to a newline, which is skipped. */
    line(): string {
      const length = bytes.subarray(at, at + MAX_LINE).indexOf(0x0a);
      if (length < 0) throw damaged("a name without an end");
      const value = text(length);
      take(1);
      return value;
    },
  };
}
