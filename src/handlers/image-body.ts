/**
 * Takes the images out of a request: the raw body, multipart fields, or JSON with base64 or pointers to them.
 *
 * @module
 */
import * as z from "zod";
import { contentLength, readBody } from "./body.ts";
import { checkSize, decodeBase64, missing, refuseJson, tooMany } from "./image-checks.ts";
import { ImageReference } from "./image-reference.ts";
import { multipartFields } from "./multipart.ts";
import { problem } from "./problem.ts";

/** How an image is taken. */
export interface ImageBodyOptions {
  /** Largest image, in bytes; all images of a body together are no larger. */
  readonly maxBytes: number;
  /** Most images. */
  readonly maxImages: number;
  /** Called before bytes are kept, with how many; may throw. */
  readonly reserve: (bytes: number) => void;
  /** Fetches what JSON only points to. */
  readonly follow: (reference: ImageReference) => Promise<Uint8Array>;
}

/** Gives an image's bytes; what is only pointed to is fetched now. @throws {Problem} and what `follow` throws */
export type OpenImage = () => Promise<Uint8Array>;

/** What a request sends. */
export interface SentImages {
  /** At least one. */
  readonly images: readonly OpenImage[];
  /** Whether they came as a list, which is answered by a list. */
  readonly list: boolean;
}

/** What a form may hold beside the images, in bytes: boundaries, headers, small fields. */
const FORM_SLACK = 64 * 1024;

/** `{ "base64": "…" }`, where `base64` may be a `data:` URL, or `{ "url": "…" }`, or a `key`. */
const JsonImage = z.union([z.strictObject({ base64: z.string().min(1) }), ImageReference]);
type JsonImage = z.infer<typeof JsonImage>;

/** `{ "image": … }`, or `{ "images": […] }`. */
const JsonBody = z.union([z.object({ image: JsonImage }), z.object({ images: z.array(JsonImage).min(1) })]);

/** The one image of a request. @throws {Problem} as {@link readImages}, and where several are sent */
export async function readImage(
  request: Request,
  options: Omit<ImageBodyOptions, "maxImages">,
): Promise<Uint8Array> {
  const { images } = await readImages(request, { ...options, maxImages: 1 });
  return images[0]();
}

/**
 * The images of a request. What a raw body is called does not matter (curl calls it a form): the bytes are sniffed later.
 *
 * @throws {Problem} `missing-image`, `bad-request-body`, `not-an-image` (JSON by another name), `image-too-large` or `too-many-images`; and whatever
 * `reserve` throws.
 */
export async function readImages(request: Request, options: ImageBodyOptions): Promise<SentImages> {
  const contentType = request.headers.get("content-type") ?? "";
  const mediaType = contentType.split(";", 1)[0].trim().toLowerCase();
  const { maxBytes } = options;
  if (contentLength(request) === 0 || request.body === null) throw missing("The body is empty.");
  if (mediaType === "multipart/form-data") {
    const body = await readBody(request, { ...options, limit: maxBytes + FORM_SLACK });
    return fromForm(body, contentType, options);
  }
  if (mediaType === "application/json") return fromJson(await readJson(request, options), options);
  const body = await readBody(request, { ...options, limit: maxBytes });
  refuseJson(body);
  return { images: [async () => checkSize(body, maxBytes)], list: false };
}

/** Fields `image`; several of them, or any called `images`, are a list. */
function fromForm(
  body: Uint8Array,
  contentType: string,
  { maxBytes, maxImages }: ImageBodyOptions,
): SentImages {
  const images: OpenImage[] = [];
  let list = false;
  try {
    for (const { name, content } of multipartFields(body, contentType)) {
      if (name !== "image" && name !== "images") continue;
      images.push(async () => checkSize(content, maxBytes));
      list ||= name === "images" || images.length > 1;
      if (images.length > maxImages) throw tooMany(maxImages);
    }
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw problem("bad-request-body", `The body is not a form: ${cause.message}.`, { cause });
  }
  if (images.length === 0) throw missing("The form has no field 'image'.");
  return { images, list };
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

function fromJson(json: unknown, { maxBytes, maxImages, follow }: ImageBodyOptions): SentImages {
  const parsed = JsonBody.safeParse(json);
  if (!parsed.success) {
    throw missing(
      'The JSON has no image: { "image": { "base64": "…" } } is expected, or "url", or "key"; or { "images": [ … ] }.',
    );
  }
  const open = (image: JsonImage, field: string): OpenImage => {
    return async () =>
      checkSize("base64" in image ? decodeBase64(image.base64, field) : await follow(image), maxBytes);
  };
  if ("image" in parsed.data) return { images: [open(parsed.data.image, "image.base64")], list: false };
  const { images } = parsed.data;
  if (images.length > maxImages) throw tooMany(maxImages);
  return { images: images.map((image, i) => open(image, `images[${i}].base64`)), list: true };
}
