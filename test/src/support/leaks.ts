/**
 * Finds secrets and pictures in what a Worker writes, in whatever form they may have got there.
 *
 * @module
 */

/** What must not be found, by name. */
export type Secrets = Readonly<Record<string, string | Uint8Array>>;

/** Fewer bytes than these may stand anywhere by chance. */
const WINDOW_BYTES = 12;

/** Ways to write bytes down. Of base64, each of the three places that bytes may have in a group of three. */
const FORMS: Readonly<Record<string, (bytes: Uint8Array) => string[]>> = {
  text: (bytes) => [latin1(bytes), new TextDecoder().decode(bytes)],
  base64: (bytes) => [0, 1, 2].map((shift) => base64At(bytes, shift)),
  hexadecimal: (bytes) => [Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")],
  numbers: (bytes) => [bytes.join(",")],
};

/** Every form of a secret, by the form's name: of a text the whole, of a picture pieces of it. */
export function formsOf(secret: string | Uint8Array): [form: string, text: string][] {
  const pieces = typeof secret === "string" ? [new TextEncoder().encode(secret)] : windows(secret);
  return pieces.flatMap((piece) =>
    Object.entries(FORMS).flatMap(([form, write]) =>
      write(piece).map((text): [string, string] => [form, text]),
    ),
  );
}

/** What is found of the secrets, as `<secret>: <form> in <where>`. */
export function findLeaks(
  written: Iterable<readonly [where: string, text: string]>,
  secrets: Secrets,
): string[] {
  const needles = Object.entries(secrets).flatMap(([name, secret]) =>
    formsOf(secret).map(([form, text]) => ({ name, form, text: normalize(text) })),
  );
  const leaks = new Set<string>();
  for (const [where, text] of written) {
    const hay = [normalize(text), ...normalizedStrings(text)].join("\n");
    for (const needle of needles) {
      if (hay.includes(needle.text)) leaks.add(`${needle.name}: ${needle.form} in ${where}`);
    }
  }
  return [...leaks];
}

/** Pieces of a file, one after the other: whatever part of it got out, twice their length is found. The first bytes are those that all files of a format have. */
function windows(bytes: Uint8Array): Uint8Array[] {
  const header = 48;
  const count = Math.floor((bytes.byteLength - header) / WINDOW_BYTES);
  return Array.from({ length: count }, (_, i) => {
    const start = header + i * WINDOW_BYTES;
    return bytes.subarray(start, start + WINDOW_BYTES);
  });
}

/** Letter case, blanks, the alphabet of base64 and escapes of addresses make no difference. */
function normalize(text: string): string {
  return text
    .toLowerCase()
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replaceAll("%2b", "+")
    .replaceAll("%2f", "/")
    .replace(/\s/g, "");
}

/** The texts within JSON, their escapes undone. */
function normalizedStrings(text: string): string[] {
  const found: string[] = [];
  try {
    JSON.parse(text, (key, value: unknown) => {
      found.push(normalize(key));
      if (typeof value === "string") found.push(normalize(value));
      return value;
    });
  } catch {
    // It is no JSON: then it has no escapes either.
  }
  return found;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** The characters that the bytes alone decide when they begin at this place of a group. */
function base64At(bytes: Uint8Array, shift: number): string {
  const padded = new Uint8Array(shift + bytes.byteLength);
  padded.set(bytes, shift);
  const text = btoa(latin1(padded)).replace(/=+$/, "");
  const partial = padded.byteLength % 3 === 0 ? 0 : 1;
  return text.slice(Math.ceil((shift * 8) / 6), text.length - partial);
}
