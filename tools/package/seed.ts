/**
 * `npx edge-vision-seed <bucket> [--local | --remote] [wrangler's further arguments]`: puts the package's models into an R2 bucket by the wrangler
 * of the project that it is run in.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const MODELS = path.join(path.dirname(fileURLToPath(import.meta.url)), "models");

/** Runs wrangler, and ends with it where it fails. */
function wrangler(args: readonly string[]): void {
  process.stdout.write(`wrangler ${args.join(" ")}\n`);
  // On Windows npx is a script, which only a shell starts.
  const { status } = spawnSync("npx", ["wrangler", ...args], {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** All objects at once: each call of wrangler takes two seconds. Its command is experimental, so the account's bucket is not filled by it. */
function putTogether(bucket: string, keys: readonly string[], rest: readonly string[]): void {
  const folder = mkdtempSync(path.join(tmpdir(), "edge-vision-seed-"));
  // Where wrangler fails, the process ends in the middle.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const list = path.join(folder, "objects.json");
  writeFileSync(list, JSON.stringify(keys.map((key) => ({ key, file: path.join(MODELS, key) }))));
  wrangler(["r2", "bulk", "put", bucket, "--filename", list, ...rest]);
}

const [bucket, ...rest] = process.argv.slice(2);
if (bucket === undefined || bucket.startsWith("-")) {
  process.stderr.write("Usage: edge-vision-seed <bucket> [--local | --remote] [arguments for wrangler]\n");
  process.exit(1);
}

// Keys are `<sha256>/<file>`: what is there already is right, and is written over with the same.
const keys = readdirSync(MODELS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(path.join(MODELS, name)).map((file) => `${name}/${file}`));
if (rest.includes("--remote")) {
  for (const key of keys) {
    wrangler(["r2", "object", "put", `${bucket}/${key}`, "--file", path.join(MODELS, key), ...rest]);
  }
} else {
  putTogether(bucket, keys, rest);
}
