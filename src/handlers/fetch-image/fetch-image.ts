/**
 * Fetches a picture from an address that a stranger gave, within bounds of time and size.
 *
 * @module
 */
import { sniffFormat } from "../../codecs/sniff.ts";
import { CodecError } from "../../codecs/types.ts";
import { join } from "../body.ts";
import { checkUrl, type UrlPolicy } from "./check-url.ts";

/** Bounds of a fetch. */
export interface FetchImageOptions extends UrlPolicy {
  readonly maxBytes: number;
  /** Of the whole fetch, redirects and body included. */
  readonly timeoutMs: number;
  /** Called before bytes are kept, with how many; may throw. */
  readonly reserve?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A host that did not give a picture. */
export class FetchImageError extends Error {
  override readonly name = "FetchImageError";
  /** @param transient whether it may be another time: no answer, or one that says so */
  constructor(
    readonly transient: boolean,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** As many as a picture behind a short link and a content network needs. */
const MAX_REDIRECTS = 3;

/** RFC 9110 §15.4, those that name another address. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Statuses of RFC 9110 and 6585 that may be another time, though they are not the server's fault. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429]);

/** Enough to tell every format, and text from pictures. */
const SNIFF_BYTES = 512;

/** Nothing of the caller's is handed on. */
const HEADERS = { Accept: "image/*", "User-Agent": "edge-vision" };

/**
 * The picture's file.
 *
 * @throws {UrlRefusedError} for the address, or one that it redirects to
 * @throws {FetchImageError}
 * @throws {CodecError} `not_an_image` or `too_large`, as soon as it is seen
 */
export async function fetchImage(address: string, options: FetchImageOptions): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
  try {
    const response = await follow(address, options, signal);
    return await readPicture(response, options, signal);
  } catch (cause) {
    if (timeout.aborted) {
      throw new FetchImageError(true, `The image's host took longer than ${options.timeoutMs} ms.`, {
        cause,
      });
    }
    throw cause;
  }
}

async function follow(address: string, policy: UrlPolicy, signal: AbortSignal): Promise<Response> {
  let url = checkUrl(address, policy);
  for (let redirects = 0; ; redirects++) {
    const response = await send(url, signal);
    if (response.ok) return response;
    drop(response.body);
    const location = response.headers.get("location");
    if (!REDIRECTS.has(response.status) || location === null) throw unexpected(response.status);
    if (redirects === MAX_REDIRECTS) {
      throw new FetchImageError(false, `The image's host redirects more than ${MAX_REDIRECTS} times.`);
    }
    url = checkUrl(location, policy, url);
  }
}

async function send(url: URL, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers: HEADERS, redirect: "manual", signal });
  } catch (cause) {
    throw new FetchImageError(true, "The image's host could not be reached.", { cause });
  }
}

function unexpected(status: number): FetchImageError {
  const transient = status >= 500 || TRANSIENT.has(status);
  return new FetchImageError(transient, `The image's host answered ${status}.`);
}

async function readPicture(
  { headers, body }: Response,
  { maxBytes, reserve = () => undefined }: FetchImageOptions,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (Number(headers.get("content-length")) > maxBytes) {
    drop(body);
    throw tooLarge(maxBytes);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  let sniffed = false;
  const reader = (body ?? new Blob([]).stream()).getReader();
  // A body that stalls must end with the time, whatever its source makes of the fetch's signal.
  const stop = () => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) break;
      length += value.byteLength;
      if (length > maxBytes) throw tooLarge(maxBytes);
      reserve(value.byteLength);
      chunks.push(value);
      if (!sniffed && length >= SNIFF_BYTES) {
        sniffFormat(join(chunks, length));
        sniffed = true;
      }
    }
  } catch (cause) {
    void reader.cancel(cause).catch(() => undefined);
    if (cause instanceof TypeError || (cause instanceof Error && cause.constructor === Error)) {
      throw new FetchImageError(true, "The image's host broke off.", { cause });
    }
    throw cause;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  const bytes = join(chunks, length);
  if (!sniffed) sniffFormat(bytes);
  return bytes;
}

/** Lets go of a body. Not waited for: a host that goes on sending must not hold the request. */
function drop(body: ReadableStream | null): void {
  void body?.cancel().catch(() => undefined);
}

function tooLarge(limit: number): CodecError {
  return new CodecError(
    "too_large",
    `The image at the address has more than ${limit} bytes (MAX_IMAGE_BYTES).`,
  );
}
