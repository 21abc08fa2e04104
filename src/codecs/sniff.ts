/**
 * Tells formats by their first bytes. What a client declares (Content-Type, file name) is never trusted.
 *
 * @module
 */
import { CodecError, type ImageFormat } from "./types.ts";

/** A picture's format, or what the bytes look like instead, in words for an error message. */
export type Sniffed = { readonly format: ImageFormat } | { readonly looksLike: string };

/** What `POST` bodies may hold, for messages. */
export const ACCEPTED_FORMATS = "JPEG, PNG, WebP, GIF and BMP";

/** How many bytes `sniff` looks at. */
const WINDOW = 512;

/** Signatures of pictures that we know, at offset 0. ISO base media (AVIF, HEIC) and RIFF (WebP) need a second look. */
const PICTURES: readonly (readonly [signature: string, format: ImageFormat])[] = [
  ["\xff\xd8\xff", "jpeg"],
  ["\x89PNG\r\n\x1a\n", "png"],
  ["GIF87a", "gif"],
  ["GIF89a", "gif"],
];

/** Signatures of what else people post, at offset 0. */
const OTHERS: readonly (readonly [signature: string, name: string])[] = [
  ["%PDF-", "a PDF document"],
  ["II*\0", "a TIFF picture"],
  ["MM\0*", "a TIFF picture"],
  ["8BPS", "a Photoshop document"],
  ["\xff\x0a", "a JPEG XL picture"],
  ["\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"],
  ["\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"],
  ["\xff\x4f\xff\x51", "a JPEG 2000 picture"],
  ["\0\0\x01\0", "an icon (ICO)"],
  ["\x1f\x8b", "gzip data"],
  ["PK\x03\x04", "a ZIP archive"],
  ["\x1aE\xdf\xa3", "a Matroska or WebM video"],
  ["OggS", "an Ogg file"],
  ["ID3", "an MP3 file"],
];

/** Brands of the `ftyp` box (ISO/IEC 23008-12 annex, AV1 image file format 1.1 §6): what the picture is coded with. */
const BRANDS: Readonly<Record<string, ImageFormat>> = {
  avif: "avif",
  avis: "avif",
  heic: "heic",
  heix: "heic",
  heim: "heic",
  heis: "heic",
  hevc: "heic",
  hevx: "heic",
};

/**
 * What the bytes are, by their first few hundred.
 *
 * @example
 * sniff(new TextEncoder().encode("<!doctype html>")); // { looksLike: "an HTML page" }
 */
export function sniff(bytes: Uint8Array): Sniffed {
  if (bytes.length === 0) return { looksLike: "empty" };
  const head = latin1(bytes.subarray(0, WINDOW));
  for (const [signature, format] of PICTURES) if (head.startsWith(signature)) return { format };
  if (head.startsWith("RIFF"))
    return head.startsWith("WEBP", 8) ? { format: "webp" } : { looksLike: "a RIFF file" };
  if (head.startsWith("ftyp", 4)) return sniffIsoMedia(head);
  if (isBitmap(bytes)) return { format: "bmp" };
  for (const [signature, name] of OTHERS) if (head.startsWith(signature)) return { looksLike: name };
  return { looksLike: sniffText(head) };
}

/** Like {@link sniff}, for callers that need a picture. @throws {CodecError} `not_an_image`, saying what the bytes look like. */
export function sniffFormat(bytes: Uint8Array): ImageFormat {
  const sniffed = sniff(bytes);
  if ("format" in sniffed) return sniffed.format;
  throw new CodecError(
    "not_an_image",
    sniffed.looksLike === "empty"
      ? `the image is empty (0 bytes); accepted are ${ACCEPTED_FORMATS}`
      : `the bytes look like ${sniffed.looksLike}, not like an image; accepted are ${ACCEPTED_FORMATS}`,
  );
}

/** The major brand decides; `mif1` and `msf1` only say "an image", so the compatible brands are asked. */
function sniffIsoMedia(head: string): Sniffed {
  const size = (head.charCodeAt(2) << 8) | head.charCodeAt(3);
  const end = Math.min(head.length, size);
  for (let p = 8; p + 4 <= end; p += p === 8 ? 8 : 4) {
    const format = BRANDS[head.slice(p, p + 4)];
    if (format) return { format };
  }
  return { looksLike: "a video (MP4 or QuickTime)" };
}

/** "BM" is two letters that text may start with: the size of the second header must be one that exists too. */
function isBitmap(bytes: Uint8Array): boolean {
  if (bytes.length < 18 || bytes[0] !== 0x42 || bytes[1] !== 0x4d) return false;
  const headerSize = bytes[14] | (bytes[15] << 8) | (bytes[16] << 16) | (bytes[17] << 24);
  return [12, 16, 40, 52, 56, 64, 108, 124].includes(headerSize);
}

function sniffText(head: string): string {
  const text = head
    .replace(/^\xef\xbb\xbf/, "")
    .trimStart()
    .toLowerCase();
  if (text.startsWith("<svg") || (text.startsWith("<?xml") && text.includes("<svg"))) return "an SVG drawing";
  if (text.startsWith("<!doctype html") || text.startsWith("<html") || text.startsWith("<head"))
    return "an HTML page";
  if (text.startsWith("<")) return "XML or HTML";
  if (text.startsWith("data:image/")) return "a data: URL (send the bytes themselves, or JSON with base64)";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary data from text
  if (/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(head)) return "binary data of an unknown kind";
  if (text.startsWith("{") || text.startsWith("[")) return "JSON";
  return "text";
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
