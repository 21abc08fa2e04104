/**
 * Checks that a webhook comes from whom it says: each sender's own scheme, any of several secrets, five minutes where there is a timestamp.
 *
 * @module
 */
import { equalBytes } from "../bytes.ts";
import type { Scheme } from "./presets.ts";
import type { WebhookSource } from "./sources.ts";

/** A webhook as it came. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** How far a timestamp may be from now, in milliseconds, either way: Standard Webhooks' tolerance, here for all. */
const TOLERANCE_MS = 5 * 60 * 1000;

type Check = (request: SignedRequest, secret: string, source: WebhookSource) => Promise<boolean>;

const CHECKS: Readonly<Record<Scheme, Check>> = {
  standard: checkStandard,
  github: (request, secret) => checkHmac(request, secret, "x-hub-signature-256", fromHexText),
  shopify: (request, secret) => checkHmac(request, secret, "x-shopify-hmac-sha256", fromBase64),
  cloudinary: checkCloudinary,
  sanity: checkSanity,
  contentful: checkContentful,
  "hmac-hex": (request, secret, { header }) => checkHmac(request, secret, header, fromHexText),
  "hmac-base64": (request, secret, { header }) => checkHmac(request, secret, header, fromBase64),
  bearer: async ({ headers }, secret) => {
    const token = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
    // Digests have one length: comparing them tells nothing of the secret's.
    return equalBytes(await hmac(secret, utf8(token)), await hmac(secret, utf8(secret)));
  },
  none: async () => false,
};

/** Whether one of the source's secrets signed it. */
export async function isSigned(request: SignedRequest, source: WebhookSource): Promise<boolean> {
  for (const secret of source.secrets) {
    if (await CHECKS[source.scheme](request, secret, source)) return true;
  }
  return false;
}

async function checkStandard({ headers, body }: SignedRequest, secret: string): Promise<boolean> {
  const { Webhook, WebhookVerificationError } = await import("standardwebhooks");
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;
  const values = Object.fromEntries(names.map((name) => [name, headers.get(name) ?? ""]));
  try {
    new Webhook(secret).verify(new TextDecoder().decode(body), values, { jsonParse: false });
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

/** An HMAC-SHA256 over the body; a name of the function (`sha256=`) may stand before it. */
async function checkHmac(
  { headers, body }: SignedRequest,
  secret: string,
  header: string,
  decode: (text: string) => Uint8Array,
): Promise<boolean> {
  const given = headers.get(header)?.replace(/^sha256=/, "") ?? "";
  return equalBytes(decode(given), await hmac(secret, body));
}

/** https://cloudinary.com/documentation/notification_signatures: the account chooses SHA-1 or SHA-256, the length tells which. */
async function checkCloudinary({ headers, body }: SignedRequest, secret: string): Promise<boolean> {
  const timestamp = headers.get("x-cld-timestamp") ?? "";
  if (!isFresh(Number(timestamp) * 1000)) return false;
  const given = fromHexText(headers.get("x-cld-signature") ?? "");
  const algorithm = given.byteLength === 20 ? "SHA-1" : "SHA-256";
  const digest = await crypto.subtle.digest(algorithm, concat(body, utf8(timestamp + secret)));
  return equalBytes(given, new Uint8Array(digest));
}

/** @sanity/webhook: milliseconds, and an HMAC-SHA256 over `<timestamp>.<body>` in base64url. */
async function checkSanity({ headers, body }: SignedRequest, secret: string): Promise<boolean> {
  const [, timestamp, given] =
    /^t=(\d+)[, ]+v1=([^, ]+)$/.exec(headers.get("sanity-webhook-signature")?.trim() ?? "") ?? [];
  if (timestamp === undefined || !isFresh(Number(timestamp))) return false;
  return equalBytes(fromBase64(given), await hmac(secret, concat(utf8(`${timestamp}.`), body)));
}

/** Contentful's request verification: method, path, signed headers in order, body, one a line; HMAC-SHA256 in hexadecimal digits. */
async function checkContentful(request: SignedRequest, secret: string): Promise<boolean> {
  const { headers, method, path, body } = request;
  if (!isFresh(Number(headers.get("x-contentful-timestamp") ?? Number.NaN))) return false;
  const names = (headers.get("x-contentful-signed-headers") ?? "").toLowerCase().split(",");
  const signed = names.map((name) => name.trim()).sort();
  // Without these two, a signature would hold for ever, or for other headers.
  if (!signed.includes("x-contentful-timestamp") || !signed.includes("x-contentful-signed-headers"))
    return false;
  const values = signed.map((name) => {
    const value = name === "x-contentful-signed-headers" ? signed.join(",") : headers.get(name)?.trim();
    return `${name}:${value ?? ""}`;
  });
  const canonical = concat(utf8([method, path, values.join(";"), ""].join("\n")), body);
  return equalBytes(fromHexText(headers.get("x-contentful-signature") ?? ""), await hmac(secret, canonical));
}

function isFresh(timestamp: number): boolean {
  return Math.abs(Date.now() - timestamp) <= TOLERANCE_MS;
}

async function hmac(secret: string, data: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8(secret), algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, data));
}

/** Nothing where the text is not hexadecimal digits throughout. */
function fromHexText(text: string): Uint8Array {
  return /^([0-9a-f]{2})*$/i.test(text)
    ? Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    : new Uint8Array(0);
}

/** Either alphabet; nothing where the text is not base64. */
function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.byteLength + b.byteLength);
  both.set(a);
  both.set(b, a.byteLength);
  return both;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
