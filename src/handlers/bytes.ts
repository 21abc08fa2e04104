/**
 * Digests, and comparisons that take the same time whatever differs.
 *
 * @module
 */

/** SHA-256 of a text's UTF-8. */
export function digestText(text: string): Promise<Uint8Array> {
  return digestBytes(new TextEncoder().encode(text));
}

/** SHA-256 of bytes. */
export async function digestBytes(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Whether both are the same. Their length is no secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b);
}

/** Lower-case hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes of hexadecimal digits, as many as there are pairs. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16));
}
