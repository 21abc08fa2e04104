/**
 * Sizes of what `wrangler deploy` would upload.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { ROOT } from "../../tools/models/paths.ts";

/** A bundle's size in bytes. */
export interface BundleSize {
  /** wrangler.toml's environment; `default` for none. */
  readonly environment: string;
  readonly raw: number;
  readonly gzipped: number;
}

/** wrangler.toml's environments. */
export const ENVIRONMENTS = ["default", "slim", "free"];

/** Builds each environment as `wrangler deploy --dry-run` does and adds up its files. */
export async function measureBundles(): Promise<BundleSize[]> {
  return Promise.all(ENVIRONMENTS.map(measureBundle));
}

/** Builds one environment as `wrangler deploy --dry-run` does and adds up its files. */
export async function measureBundle(environment: string): Promise<BundleSize> {
  const out = await mkdtemp(path.join(tmpdir(), "edge-vision-bundle-"));
  try {
    const wrangler = path.join(ROOT, "node_modules/wrangler/bin/wrangler.js");
    const named = environment === "default" ? [] : ["--env", environment];
    await promisify(execFile)(
      process.execPath,
      [wrangler, "deploy", "--dry-run", "--outdir", out, ...named],
      { cwd: ROOT, env: { ...process.env, WRANGLER_SEND_METRICS: "false" } },
    );
    let raw = 0;
    let gzipped = 0;
    for (const name of await readdir(out)) {
      if (!/\.(js|wasm)$/.test(name)) continue;
      const content = await readFile(path.join(out, name));
      raw += content.length;
      gzipped += gzipSync(content).length;
    }
    return { environment, raw, gzipped };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
