/**
 * Reads inflated bytes in order, as many as are asked for.
 *
 * @module
 */
import { CodecError } from "../types.ts";
import { openInflateStream } from "./inflate-stream.ts";

/** Reads inflated bytes in order. */
export interface InflateReader {
  /**
   * Fills `target` with the next bytes. Nothing to wait for: returns `undefined`, which saves a promise a row.
   *
   * The promise is rejected with a {@link CodecError} `broken` when the data are damaged or end early.
   */
  read(target: Uint8Array): Promise<void> | undefined;
  /** Steps over the next `count` bytes. */
  skip(count: number): Promise<void>;
  /** Gives up the stream; to be called in any case. */
  close(): void;
}

/** Deflate's best: a match of 258 bytes for two bits (zlib's documentation, "Maximum expansion factor": 1032:1). */
export const MAX_INFLATE_RATIO = 1032;

/**
 * Opens a reader.
 *
 * What follows the end of the zlib stream is ignored, as by libpng. workerd calls it an error and drops what it inflated of the same
 * piece of input; so after an error that piece is inflated once more, byte by byte.
 *
 * @param data the zlib stream, in parts
 * @param expectedBytes how much it should inflate to
 */
export function openInflate(data: readonly Uint8Array[], expectedBytes: number): InflateReader {
  let stream = openInflateStream(data, { expectedBytes, slowFrom: Number.POSITIVE_INFINITY });
  let chunk: Uint8Array = new Uint8Array(0);
  let position = 0;
  let delivered = 0;
  let retried = false;

  async function fill(): Promise<void> {
    try {
      chunk = (await stream.next()) ?? fail("end");
    } catch (cause) {
      const slowFrom = stream.failedPiece();
      if (cause instanceof CodecError) throw cause;
      if (retried || slowFrom === undefined) fail("are damaged", cause);
      retried = true;
      stream.close();
      stream = openInflateStream(data, { expectedBytes, slowFrom });
      await goBackTo(delivered);
    }
    position = 0;
  }

  /** Reads a fresh stream up to where the old one was: `chunk` becomes what follows. */
  async function goBackTo(bytes: number): Promise<void> {
    for (let left = bytes; ; left -= chunk.length) {
      chunk = (await stream.next().catch((cause) => fail("are damaged", cause))) ?? fail("end");
      if (left < chunk.length) {
        chunk = chunk.subarray(left);
        return;
      }
    }
  }

  function fail(what: string, cause?: unknown): never {
    throw new CodecError(
      "broken",
      `PNG: the compressed data ${what} after ${delivered} of ${expectedBytes} bytes`,
      { cause },
    );
  }

  /** Copies what is there; the number of bytes still missing. */
  function take(target: Uint8Array, from: number): number {
    const count = Math.min(target.length - from, chunk.length - position);
    target.set(chunk.subarray(position, position + count), from);
    position += count;
    delivered += count;
    return target.length - from - count;
  }

  async function readSlowly(target: Uint8Array, missing: number): Promise<void> {
    let left = missing;
    while (left > 0) {
      await fill();
      left = take(target, target.length - left);
    }
  }

  return {
    read(target) {
      const missing = take(target, 0);
      return missing === 0 ? undefined : readSlowly(target, missing);
    },
    async skip(count) {
      let left = count;
      while (left > 0) {
        if (position === chunk.length) await fill();
        const step = Math.min(left, chunk.length - position);
        position += step;
        delivered += step;
        left -= step;
      }
    },
    close: () => stream.close(),
  };
}
