/**
 * JSON Pointer (RFC 6901): where in a payload a value lies.
 *
 * @module
 */

/** What {@link resolvePointer} takes: empty, or segments that each follow a slash. */
export const POINTER = /^(\/([^/~]|~[01])*)*$/;

/**
 * The value at a pointer, or `undefined` where there is none.
 *
 * @example
 * resolvePointer({ fields: { file: [{ url: "…" }] } }, "/fields/file/0/url"); // "…"
 */
export function resolvePointer(value: unknown, pointer: string): unknown {
  let found = value;
  for (const segment of pointer.split("/").slice(1)) {
    const name = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}
