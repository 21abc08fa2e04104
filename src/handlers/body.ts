/**
 * Reads a request's body with a bound: counted while it streams, one allocation where the length is known.
 *
 * @module
 */
import { problem } from "./problem.ts";

/** How a body is read. */
export interface ReadBodyOptions {
  /** Most bytes; checked against Content-Length before a byte is read, and while reading. */
  readonly limit: number;
  /** Called before bytes are kept, with how many; may throw. */
  readonly reserve: (bytes: number) => void;
  /** What sets the limit, for the message; `MAX_IMAGE_BYTES` by default. */
  readonly setting?: string;
}

/**
 * The whole body.
 *
 * @throws {Problem} `image-too-large`, naming the limit; and whatever `reserve` throws.
 */
export async function readBody(request: Request, options: ReadBodyOptions): Promise<Uint8Array> {
  const { limit, reserve, setting } = options;
  const declared = contentLength(request);
  if (declared !== undefined && declared > limit) throw tooLarge(limit, setting, declared);
  if (request.body === null) return new Uint8Array(0);
  return declared === undefined
    ? readStream(request.body, options)
    : readKnown(request.body, declared, reserve);
}

/** The value of Content-Length, where it is a length. */
export function contentLength(request: Request): number | undefined {
  const text = request.headers.get("content-length");
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

async function readKnown(
  body: ReadableStream<Uint8Array>,
  length: number,
  reserve: (bytes: number) => void,
): Promise<Uint8Array> {
  reserve(length);
  const reader = length > 0 && byteReader(body);
  if (reader) return readInto(reader, new Uint8Array(length));
  const bytes = new Uint8Array(length);
  let filled = 0;
  await eachChunk(body, (chunk) => {
    if (filled + chunk.byteLength > length) {
      throw problem("bad-request-body", `The body is longer than its Content-Length of ${length} bytes.`);
    }
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  });
  return bytes.subarray(0, filled);
}

/** A reader that fills buffers of ours, as the runtime's own streams have it; those made in JavaScript need not. */
function byteReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}

/** Fills a buffer, or as much of it as there is: nothing is made for each chunk, and nothing copied. */
async function readInto(reader: ReadableStreamBYOBReader, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    const { value } = await reader.readAtLeast(bytes.length, bytes);
    return value ?? new Uint8Array(0);
  } catch (error) {
    reader.cancel(error).catch(() => undefined);
    throw error;
  }
}

/** Gives the chunks on as they come. `for await` would do it too, and takes 0.2 ms more of processor time for 80 KB. */
async function eachChunk(body: ReadableStream<Uint8Array>, take: (chunk: Uint8Array) => void): Promise<void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      take(value);
    }
  } catch (error) {
    // What is not wanted need not be sent; nobody waits for the sender to hear of it.
    reader.cancel(error).catch(() => undefined);
    throw error;
  }
}

/** A stream of unknown length. @throws {Problem} `image-too-large`, and whatever `reserve` throws */
export async function readStream(
  body: ReadableStream<Uint8Array>,
  { limit, reserve, setting }: ReadBodyOptions,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  await eachChunk(body, (chunk) => {
    length += chunk.byteLength;
    if (length > limit) throw tooLarge(limit, setting);
    reserve(chunk.byteLength);
    chunks.push(chunk);
  });
  return join(chunks, length);
}

/** The chunks of a body, `length` bytes together, one behind the other. */
export function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return bytes;
}

function tooLarge(limit: number, setting = "MAX_IMAGE_BYTES", actual?: number) {
  const has = actual === undefined ? "has more" : `has ${actual} bytes`;
  return problem("image-too-large", `The body ${has}; at most ${limit} bytes are taken (${setting}).`, {
    extensions: { limit },
  });
}
