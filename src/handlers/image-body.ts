/**
 * Takes the image out of a request: the raw body, the multipart field `image`, or JSON with base64 or
 * a pointer to it.
 *
 * @module
 */
import { z } from "zod";
import { contentLength, readBody } from "./body.ts";
import { ImageReference } from "./image-reference.ts";
import { multipartField } from "./multipart.ts";
import { problem } from "./problem.ts";

/** How an image is taken. */
export interface ImageBodyOptions {
  /** Largest image, in bytes. */
  readonly maxBytes: number;
  /** Called before bytes are kept, with how many; may throw. */
  readonly reserve: (bytes: number) => void;
  /** Fetches what JSON only points to. */
  readonly follow: (reference: ImageReference) => Promise<Uint8Array>;
}

/** What a form may hold beside the image, in bytes: boundaries, headers, small fields. */
const FORM_SLACK = 64 * 1024;

/** `{ "image": { "base64": "…" } }`, where `base64` may be a `data:` URL, or `{ "image": { "url": "…" } }`, or a `key`. */
const JsonBody = z.object({
  image: z.union([z.strictObject({ base64: z.string().min(1) }), ImageReference]),
});

/** `data:image/png;base64,` and its like (RFC 2397). */
const DATA_URL = /^data:[^,]{0,128};base64,/;

/**
 * The bytes of the request's image. What a raw body is called does not matter (curl calls it a form): the bytes are sniffed later.
 *
 * @throws {Problem} `missing-image`, `bad-request-body` or `image-too-large`; and whatever `reserve` throws.
 */
export async function readImage(request: Request, options: ImageBodyOptions): Promise<Uint8Array> {
  const contentType = request.headers.get("content-type") ?? "";
  const mediaType = contentType.split(";", 1)[0].trim().toLowerCase();
  const { maxBytes } = options;
  if (contentLength(request) === 0 || request.body === null) throw missing("The body is empty.");
  if (mediaType === "multipart/form-data") {
    const body = await readBody(request, { ...options, limit: maxBytes + FORM_SLACK });
    return checkSize(fromForm(body, contentType), maxBytes);
  }
  if (mediaType === "application/json") {
    return checkSize(await fromJson(await readJson(request, options), options), maxBytes);
  }
  return checkSize(await readBody(request, { ...options, limit: maxBytes }), maxBytes);
}

function fromForm(body: Uint8Array, contentType: string): Uint8Array {
  let image: Uint8Array | undefined;
  try {
    image = multipartField(body, contentType, "image");
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw problem("bad-request-body", `The body is not a form: ${cause.message}.`, { cause });
  }
  if (image === undefined) throw missing("The form has no field 'image'.");
  return image;
}

/** The request's body as JSON, long enough for an image in base64. @throws {Problem} `bad-request-body` or `image-too-large` */
export async function readJson(
  request: Request,
  { maxBytes, reserve }: Pick<ImageBodyOptions, "maxBytes" | "reserve">,
): Promise<unknown> {
  // Base64 holds three bytes in four characters.
  const limit = Math.ceil(maxBytes / 3) * 4 + FORM_SLACK;
  const body = await readBody(request, { reserve, limit });
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch (cause) {
    throw problem("bad-request-body", "The body is not JSON, although its Content-Type says so.", { cause });
  }
}

async function fromJson(json: unknown, { follow }: ImageBodyOptions): Promise<Uint8Array> {
  const parsed = JsonBody.safeParse(json);
  if (!parsed.success) {
    throw missing('The JSON has no image: { "image": { "base64": "…" } } is expected, or "url", or "key".');
  }
  const { image } = parsed.data;
  return "base64" in image ? decodeBase64(image.base64, "image.base64") : follow(image);
}

/**
 * Base64 in the standard or URL-safe alphabet, padded or not, or a `data:` URL of it.
 *
 * @param field what the message calls it
 * @throws {Problem} `bad-request-body`
 */
export function decodeBase64(text: string, field: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text.replace(DATA_URL, "").replaceAll("-", "+").replaceAll("_", "/"));
  } catch (cause) {
    throw problem("bad-request-body", `${field} is not base64.`, { cause });
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** @throws {Problem} `missing-image` or `image-too-large` */
export function checkSize(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.byteLength === 0) throw missing("The image is empty.");
  if (bytes.byteLength > limit) {
    throw problem(
      "image-too-large",
      `The image has ${bytes.byteLength} bytes; at most ${limit} are taken (MAX_IMAGE_BYTES).`,
      { extensions: { limit } },
    );
  }
  return bytes;
}

function missing(detail: string) {
  return problem(
    "missing-image",
    `${detail} Send the image as the body, as the field 'image' of a multipart form, or as base64 in JSON.`,
  );
}
