/**
 * GIF's LZW (GIF89a specification, appendix F), read on demand.
 *
 * @module
 */
import { CodecError } from "../types.ts";

/** Reads colour indices in the order in which they are stored. */
export interface LzwReader {
  /** Fills `target`; returns how many indices there were, less than asked only at the end of the data. */
  read(target: Uint8Array): number;
}

const MAX_CODES = 4096;
const MAX_BITS = 12;

/**
 * The most pixels that a byte can stand for: a code of 12 bits for a string as long as the table. (To hold a string of n pixels the table
 * must have grown by n entries, so shorter codes stand for fewer.)
 */
export const MAX_LZW_RATIO = (MAX_CODES * 8) / MAX_BITS;

/**
 * Opens a reader.
 *
 * @param data sub-blocks: a length and that many bytes, up to an empty one
 * @param codeBits bits of the codes for single pixels, 1 to 8
 */
export function openLzw(data: Uint8Array, codeBits: number): LzwReader {
  const clear = 1 << codeBits;
  const endCode = clear + 1;
  const prefix = new Uint16Array(MAX_CODES);
  const suffix = new Uint8Array(MAX_CODES);
  const first = new Uint8Array(MAX_CODES);
  const length = new Uint16Array(MAX_CODES);
  for (let code = 0; code < clear; code++) {
    suffix[code] = first[code] = code;
    length[code] = 1;
  }
  /** A string whose end did not fit into the last target; its pixels from `pendingFrom` on are still to come. */
  const pending = new Uint8Array(MAX_CODES);
  let pendingFrom = 0;
  let pendingEnd = 0;

  let position = 0;
  let blockLeft = 0;
  let bitBuffer = 0;
  let bitCount = 0;
  let width = codeBits + 1;
  let next = clear + 2;
  let previous = -1;
  let ended = false;

  function readCode(): number {
    while (bitCount < width) {
      if (blockLeft === 0) {
        blockLeft = position < data.length ? data[position++] : 0;
        if (blockLeft === 0) return endCode;
      }
      if (position >= data.length) return endCode;
      bitBuffer |= data[position++] << bitCount;
      bitCount += 8;
      blockLeft--;
    }
    const code = bitBuffer & ((1 << width) - 1);
    bitBuffer >>>= width;
    bitCount -= width;
    return code;
  }

  /** Writes the string of a code from its end backwards; `at` is where its first pixel goes. */
  function spell(code: number, target: Uint8Array, at: number): void {
    for (let p = at + length[code] - 1, c = code; p >= at; p--, c = prefix[c]) target[p] = suffix[c];
  }

  function addEntry(firstPixel: number): void {
    // A full table stays as it is until the next clear code.
    if (previous < 0 || next >= MAX_CODES) return;
    prefix[next] = previous;
    suffix[next] = firstPixel;
    first[next] = first[previous];
    length[next] = length[previous] + 1;
    next++;
    if (next === 1 << width && width < MAX_BITS) width++;
  }

  function reset(): void {
    width = codeBits + 1;
    next = clear + 2;
    previous = -1;
  }

  function decodeNext(target: Uint8Array, at: number): number {
    const code = readCode();
    if (code === endCode) {
      ended = true;
      return at;
    }
    if (code === clear) {
      reset();
      return at;
    }
    if (code > next || (code === next && previous < 0)) {
      throw new CodecError("broken", "GIF: the compressed data are damaged");
    }
    // A code may be the one that is just about to be added.
    addEntry(code < next ? first[code] : first[previous]);
    previous = code;
    const end = at + length[code];
    if (end <= target.length) {
      spell(code, target, at);
      return end;
    }
    spell(code, pending, 0);
    const fits = target.length - at;
    target.set(pending.subarray(0, fits), at);
    pendingFrom = fits;
    pendingEnd = length[code];
    return target.length;
  }

  return {
    read(target) {
      const old = Math.min(target.length, pendingEnd - pendingFrom);
      target.set(pending.subarray(pendingFrom, pendingFrom + old));
      pendingFrom += old;
      let at = old;
      while (at < target.length && !ended) at = decodeNext(target, at);
      return at;
    },
  };
}
