import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import type { StoredFile } from "../../../../src/runtime/manifest.ts";
import { openFile, readFile } from "../../../../src/runtime/registry/storage.ts";
import { faultyBucket } from "../../support/bucket.ts";

const bytes = new Uint8Array(600_000).map((_, i) => (i * 31) >> 3);
const options = { timeoutMs: 5000 };
let file: StoredFile;

beforeEach(async () => {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  file = { key: `${sha256}/weights`, sha256, bytes: bytes.byteLength };
  await env.MODELS.put(file.key, bytes);
});

test("gives the file's bytes, and signs of life on the way", async () => {
  let signs = 0;
  const read = await readFile(env.MODELS, file, { ...options, onProgress: () => signs++ });
  expect(read).toEqual(bytes);
  expect(signs).toBeGreaterThan(2);
});

test("a file of no bytes is read too", async () => {
  const sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  await env.MODELS.put("empty", new Uint8Array(0));
  expect(await readFile(env.MODELS, { key: "empty", sha256, bytes: 0 }, options)).toHaveLength(0);
});

test("a wrong byte is found, and both digests are named", async () => {
  const changed = bytes.slice();
  changed[300_000] ^= 1;
  await env.MODELS.put(file.key, changed);
  const reading = readFile(env.MODELS, file, options);
  await expect(reading).rejects.toMatchObject({ kind: "corrupt_model" });
  await expect(reading).rejects.toThrow(
    new RegExp(`SHA-256 is [0-9a-f]{64}, the manifest says ${file.sha256}`),
  );
});

test.each([
  ["shorter", -1, /has 599999 bytes, the manifest says 600000/],
  ["longer", 1, /longer than 600000 bytes/],
])("a %s file is found", async (_, more, message) => {
  const other = new Uint8Array(bytes.byteLength + more);
  other.set(bytes.subarray(0, other.byteLength));
  await env.MODELS.put(file.key, other);
  await expect(readFile(env.MODELS, file, options)).rejects.toMatchObject({
    kind: "corrupt_model",
    message: expect.stringMatching(message),
  });
});

test("a missing object says how to put it there", async () => {
  const missing = { ...file, key: "nowhere" };
  await expect(openFile(env.MODELS, missing, options)).rejects.toMatchObject({
    kind: "not_installed",
    message: expect.stringMatching(/npm run models -- push/),
  });
});

test("storage that fails at once, in the middle, or never answers is a storage failure", async () => {
  const faulty = faultyBucket();
  for (const faults of [{ error: new Error("R2 internal error") }, { breakAfter: 1000 }, { hang: true }]) {
    faulty.faults = faults;
    const reading = readFile(faulty.bucket, file, { timeoutMs: 50 });
    await expect(reading, JSON.stringify(faults)).rejects.toMatchObject({ kind: "storage_failure" });
  }
});

test("a reader that stops early cancels the read", async () => {
  const stream = await openFile(env.MODELS, file, options);
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel("enough");
});
