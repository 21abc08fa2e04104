/**
 * Finds the fields of a `multipart/form-data` body (RFC 7578) without copying them. `Request.formData()` would hold a picture three times.
 *
 * @module
 */

/** A field of a form. */
export interface FormField {
  readonly name: string;
  /** A view of the body. */
  readonly content: Uint8Array;
}

/**
 * The fields in their order. A name may come several times.
 *
 * @param contentType the request's Content-Type, with its `boundary`.
 * @throws {SyntaxError} when the body is not multipart as its Content-Type says.
 */
export function* multipartFields(body: Uint8Array, contentType: string): Generator<FormField> {
  const delimiter = ascii(`--${boundaryOf(contentType)}`);
  let position = indexOf(body, delimiter, 0);
  if (position < 0) throw new SyntaxError("the boundary of Content-Type does not occur in the body");
  for (;;) {
    position += delimiter.byteLength;
    if (body[position] === DASH && body[position + 1] === DASH) return;
    const headersStart = skipLine(body, position);
    const headersEnd = indexOf(body, BLANK_LINE, headersStart - CRLF.byteLength);
    if (headersEnd < 0) throw new SyntaxError("a part has no end of its headers");
    const start = headersEnd + BLANK_LINE.byteLength;
    const end = indexOf(body, concat(CRLF, delimiter), start - CRLF.byteLength);
    if (end < 0) throw new SyntaxError("a part has no end: the closing boundary is missing");
    const headers = latin1(body.subarray(headersStart, Math.max(headersStart, headersEnd)));
    const name = fieldName(headers);
    if (name !== undefined) yield { name, content: body.subarray(start, Math.max(start, end)) };
    position = end + CRLF.byteLength;
  }
}

const CRLF = ascii("\r\n");
const BLANK_LINE = ascii("\r\n\r\n");
const DASH = 0x2d;

/** RFC 2046 §5.1.1: one to seventy characters, quoted where they need it. */
function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw new SyntaxError("Content-Type has no boundary");
  return boundary;
}

/** The `name` of a part; other parameters (a file's name, say) may hold anything in their quotes. */
function fieldName(headers: string): string | undefined {
  const disposition = /^content-disposition:\s*form-data\s*(;.*)$/im.exec(headers)?.[1] ?? "";
  for (const [, key, quoted, plain] of disposition.matchAll(PARAMETER)) {
    if (key.toLowerCase() === "name") return quoted ?? plain;
  }
  return undefined;
}

/** A parameter of a header (RFC 9110, 5.6.6): `; key=value` or `; key="value"`. */
const PARAMETER = /;\s*([^\s=;]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g;

/** The position after the line break at `position`; blanks may stand before it (transport padding). */
function skipLine(body: Uint8Array, position: number): number {
  const end = indexOf(body, CRLF, position);
  if (end < 0) throw new SyntaxError("a boundary is not followed by a line break");
  return end + CRLF.byteLength;
}

/** The first position of `needle` at or after `from`, or -1. `Uint8Array.indexOf` finds the first byte fast. */
function indexOf(body: Uint8Array, needle: Uint8Array, from: number): number {
  for (let i = body.indexOf(needle[0], from); i >= 0; i = body.indexOf(needle[0], i + 1)) {
    if (needle.every((byte, j) => body[i + j] === byte)) return i;
  }
  return -1;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.byteLength + b.byteLength);
  both.set(a);
  both.set(b, a.byteLength);
  return both;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
