/**
 * `npx edge-vision-seed <bucket> [--local | --remote] [wrangler's further arguments]`: puts the package's models into an R2 bucket by the wrangler
 * of the project that it is run in.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const models = path.join(path.dirname(fileURLToPath(import.meta.url)), "models");
const [bucket, ...rest] = process.argv.slice(2);
if (bucket === undefined || bucket.startsWith("-")) {
  process.stderr.write("Usage: edge-vision-seed <bucket> [--local | --remote] [arguments for wrangler]\n");
  process.exit(1);
}

// Keys are `<sha256>/<file>`: what is there already is right, and is written over with the same.
const keys = readdirSync(models, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(path.join(models, name)).map((file) => `${name}/${file}`));
for (const key of keys) {
  const args = ["r2", "object", "put", `${bucket}/${key}`, "--file", path.join(models, key), ...rest];
  process.stdout.write(`wrangler ${args.join(" ")}\n`);
  // On Windows npx is a script, which only a shell starts.
  const { status } = spawnSync("npx", ["wrangler", ...args], {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}
