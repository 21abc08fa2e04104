/**
 * A zlib stream through the platform's `DecompressionStream`, one read at a time.
 *
 * Native code inflates several times faster than JavaScript (144 MB of photo in workerd: 0.2 s; fflate 0.85 s). What it does not do in
 * workerd is hold back: a write is inflated at once and kept, so a small bomb would fill the isolate. Hence input is fed in small
 * pieces, and only when what was fed before has been read.
 *
 * @module
 */

/** Inflates piece by piece. */
export interface InflateStream {
  /** The next bytes, valid until the next call; `undefined` at the end. Rejected with the platform's error for damaged data. */
  next(): Promise<Uint8Array | undefined>;
  /** After an error: where in the input the pieces start that were fed last; `undefined` if the input had ended, or it cannot be told. */
  failedPiece(): number | undefined;
  /** Gives up the stream; to be called in any case. */
  close(): void;
}

/** How to feed a stream. */
export interface FeedOptions {
  /** How much the whole should inflate to: chooses the size of the pieces, so that a piece fills about one read. */
  readonly expectedBytes: number;
  /** Input from here on is fed byte by byte. */
  readonly slowFrom: number;
}

/** What one read from the stream may bring. */
const READ_BYTES = 65_536;
/** Largest piece fed at once: inflates to at most 16.9 MB. */
const MAX_PIECE = 16_384;
const MIN_PIECE = 256;
/** Fed when more output may be waiting: even at deflate's best ratio it adds less than a read takes away. */
const TRICKLE = 32;
/** Pieces fed for one read before the stream is given time to answer: what bounds how far input can run ahead of output. */
const FREE_PIECES = 3;

/** Opens a stream over data in parts. */
export function openInflateStream(data: readonly Uint8Array[], options: FeedOptions): InflateStream {
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  const source = openSource(stream.readable as ReadableStream<Uint8Array>);
  const nextPiece = cutter(data);
  const ratio = Math.max(1, options.expectedBytes / data.reduce((sum, part) => sum + part.length, 0));
  const pieceBytes = source.holdsBack
    ? MAX_PIECE
    : Math.min(MAX_PIECE, Math.max(MIN_PIECE, Math.floor(READ_BYTES / ratio)));
  // Failures show at the readable side; this promise only repeats them.
  writer.closed.catch(ignore);

  let fed = 0;
  let lastFedAt = 0;
  let writing: Promise<void> | undefined;
  let mayHoldMore = false;
  let closing = false;

  /** Starts the next write; `false` when all input has been written. */
  function feed(bytes: number): boolean {
    if (closing) return false;
    const piece = nextPiece(fed < options.slowFrom ? Math.min(bytes, options.slowFrom - fed) : 1);
    closing = piece === undefined;
    fed += piece?.length ?? 0;
    const written = () => {
      writing = undefined;
    };
    writing = (piece ? writer.write(piece) : writer.close()).then(written, written);
    return true;
  }

  return {
    async next() {
      let settled = false;
      lastFedAt = fed;
      const reading = source.read().finally(() => {
        settled = true;
      });
      const answered = reading.then(ignore, ignore);
      let bytes = mayHoldMore ? TRICKLE : pieceBytes;
      for (let pieces = 0; !settled; ) {
        if (!writing) {
          // Pieces without output are rare (a block's code tables); more likely is a read that takes a moment to be answered.
          if (pieces >= FREE_PIECES) await nextTask();
          if (settled || !feed(bytes)) break;
          pieces++;
          bytes = Math.min(pieceBytes, bytes * 2);
        }
        await Promise.race([answered, writing]);
      }
      const { value, full } = await reading;
      mayHoldMore = full;
      return value;
    },
    failedPiece: () => (closing || source.holdsBack ? undefined : lastFedAt),
    close() {
      source.cancel();
      writer.abort().catch(ignore);
    },
  };
}

interface Source {
  /** Writers wait until what they wrote has been read, so pieces may be large. */
  readonly holdsBack: boolean;
  /** `full`: the read took all that it could, so there may be more. */
  read(): Promise<{ readonly value: Uint8Array | undefined; readonly full: boolean }>;
  cancel(): void;
}

/** Reads into one buffer of ours where the platform allows it (workerd, browsers): five times faster there than reading its own chunks. */
function openSource(readable: ReadableStream<Uint8Array>): Source {
  let byob: ReadableStreamBYOBReader;
  try {
    byob = readable.getReader({ mode: "byob" });
  } catch {
    return openDefaultSource(readable);
  }
  byob.closed.catch(ignore);
  let buffer = new Uint8Array(READ_BYTES);
  return {
    holdsBack: false,
    async read() {
      const { value, done } = await byob.read(buffer);
      if (done || !value) return { value: undefined, full: false };
      buffer = new Uint8Array(value.buffer as ArrayBuffer);
      return { value, full: value.length === READ_BYTES };
    },
    cancel: () => void byob.cancel().catch(ignore),
  };
}

/** Node's streams are not byte streams; they do hold writers back, so nothing piles up. */
function openDefaultSource(readable: ReadableStream<Uint8Array>): Source {
  const reader = readable.getReader();
  reader.closed.catch(ignore);
  return {
    holdsBack: true,
    async read() {
      const { value } = await reader.read();
      return { value, full: false };
    },
    cancel: () => void reader.cancel().catch(ignore),
  };
}

/** Hands out a list of byte arrays in pieces of at most `bytes`; `undefined` at the end. */
function cutter(parts: readonly Uint8Array[]): (bytes: number) => Uint8Array<ArrayBuffer> | undefined {
  let index = 0;
  let offset = 0;
  return (bytes) => {
    for (; index < parts.length; index++, offset = 0) {
      // A file's bytes never lie in shared memory, which a stream would refuse.
      const piece = parts[index].subarray(offset, offset + bytes) as Uint8Array<ArrayBuffer>;
      offset += piece.length;
      if (piece.length > 0) return piece;
    }
    return undefined;
  };
}

/** Waits until what is due has been done. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function ignore(): void {}
