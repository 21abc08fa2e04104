/**
 * Whether what was sent as an image may be taken for one: its size, its base64, and what is said where it may not.
 *
 * @module
 */
import { type Problem, problem } from "./problem.ts";

/** `data:image/png;base64,` and its like (RFC 2397). */
const DATA_URL = /^data:[^,]{0,128};base64,/;

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

/** Tells who sends JSON by another name, as curl's `-d` does, what to call it; no picture begins with a brace. @throws {Problem} `not-an-image` */
export function refuseJson(body: Uint8Array): void {
  if (body[0] !== "{".charCodeAt(0)) return;
  throw problem(
    "not-an-image",
    "The bytes look like JSON, not like an image. JSON needs the header Content-Type: application/json.",
  );
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

/** More images than are taken at once. */
export function tooMany(limit: number): Problem {
  return problem("too-many-images", `At most ${limit} images are taken at once (MAX_IMAGES).`, {
    extensions: { limit },
  });
}

/** No image where one is needed. */
export function missing(detail: string): Problem {
  return problem(
    "missing-image",
    `${detail} Send the image as the body, as the field 'image' of a multipart form, or as base64 in JSON.`,
  );
}
