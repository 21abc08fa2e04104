/**
 * Reads model files from R2, never trusting them: length and SHA-256 are compared with the manifest while the bytes pass.
 *
 * @module
 */
import type { StoredFile } from "../manifest.ts";
import { NoAnswerError, within } from "../within.ts";
import { ModelError } from "./errors.ts";

/** The part of an R2 bucket that the registry uses. */
export type ModelBucket = Pick<R2Bucket, "get">;

/** How to read. */
export interface ReadOptions {
  /** Most milliseconds to wait for the object, and then for each chunk. */
  readonly timeoutMs: number;
  /** Called as bytes arrive. */
  readonly onProgress?: () => void;
}

/** Bytes asked for in one read, at most: few enough timers and hash calls, little memory. */
const CHUNK_BYTES = 128 * 1024;

/**
 * Opens a file as a stream, from its first byte. The stream fails with a {@link ModelError} in place of its end when length or digest are
 * not those of the manifest. All chunks lie in one buffer: each is gone when the next is asked for.
 * @throws {ModelError} `storage_failure`, or `not_installed` when the bucket lacks the object.
 */
export async function openFile(
  bucket: ModelBucket,
  file: StoredFile,
  options: ReadOptions,
): Promise<ReadableStream<Uint8Array>> {
  const object = await get(bucket, file, options);
  const reader = object.body.getReader({ mode: "byob" });
  const digest = new crypto.DigestStream("SHA-256");
  const hash = digest.getWriter();
  let received = 0;
  /** Goes into each read and comes back from it. */
  let buffer = new ArrayBuffer(Math.max(1, Math.min(CHUNK_BYTES, file.bytes)));

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const read = reader.readAtLeast(buffer.byteLength, new Uint8Array(buffer));
    const { value, done } = await guard(read, `reading ${file.key}`, options.timeoutMs);
    options.onProgress?.();
    if (value !== undefined) buffer = value.buffer;
    if (value !== undefined && value.byteLength > 0) {
      received += value.byteLength;
      if (received > file.bytes) throw corrupt(file, `it is longer than ${file.bytes} bytes`);
      await hash.write(value);
      controller.enqueue(value);
    }
    if (!done) return;
    if (received !== file.bytes) {
      throw corrupt(file, `it has ${received} bytes, the manifest says ${file.bytes}`);
    }
    await hash.close();
    const actual = hex(await digest.digest);
    if (actual !== file.sha256) {
      throw corrupt(file, `its SHA-256 is ${actual}, the manifest says ${file.sha256}`);
    }
    controller.close();
  }

  async function cancel(reason: unknown): Promise<void> {
    // The digest of a stream that was cut off rejects; nobody asks for it.
    digest.digest.catch(() => undefined);
    await Promise.allSettled([reader.cancel(reason), hash.abort(reason)]);
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          await pull(controller);
        } catch (error) {
          await cancel(error);
          throw error;
        }
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
}

/** Reads a whole file: the small ones, such as graphs. @throws {ModelError} as {@link openFile}, and where its stream fails. */
export async function readFile(
  bucket: ModelBucket,
  file: StoredFile,
  options: ReadOptions,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(file.bytes);
  let filled = 0;
  for await (const chunk of await openFile(bucket, file, options)) {
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return bytes;
}

async function get(bucket: ModelBucket, file: StoredFile, options: ReadOptions): Promise<R2ObjectBody> {
  const object = await guard(bucket.get(file.key), `opening ${file.key}`, options.timeoutMs);
  options.onProgress?.();
  if (object === null) {
    throw new ModelError(
      "not_installed",
      `The model is in this Worker's list, but its file ${file.key} is not in the bucket. Put it there with: npm run models -- push`,
    );
  }
  return object;
}

/** Bounds the wait for storage, and gives its failures a name. */
async function guard<T>(work: Promise<T>, what: string, timeoutMs: number): Promise<T> {
  try {
    return await within(work, timeoutMs);
  } catch (cause) {
    const how = cause instanceof NoAnswerError ? `did not answer within ${timeoutMs} ms` : "failed";
    throw new ModelError("storage_failure", `Storage ${how} (${what}).`, undefined, { cause });
  }
}

function corrupt(file: StoredFile, why: string): ModelError {
  return new ModelError(
    "corrupt_model",
    `The stored file ${file.key} is not the one that was installed: ${why}.`,
  );
}

function hex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
