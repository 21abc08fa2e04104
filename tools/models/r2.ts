/**
 * Puts models where the Worker reads them: the local R2 of `wrangler dev`, or the account's bucket.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { startProgress } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import { findInstalled } from "./installed.ts";
import { type ModelFolders, ROOT } from "./paths.ts";
import { modelFiles, readRecords } from "./store.ts";

/** The part of R2's interface that seeding needs. */
interface Bucket {
  head(key: string): Promise<{ size: number } | null>;
  put(key: string, value: Uint8Array, options: { sha256: string }): Promise<unknown>;
}

/** Puts every installed model into the R2 that `wrangler dev` uses. Keys carry digests, so what is there already is right. */
export async function seedLocal(folders: ModelFolders): Promise<number> {
  // Loaded when it is needed: it takes a second, and most commands do without.
  const { getPlatformProxy } = await import("wrangler");
  const proxy = await getPlatformProxy<{ MODELS: Bucket }>({
    configPath: path.join(ROOT, "wrangler.toml"),
    // wrangler dev adds the folder v3 to what it is told to persist to.
    persist: { path: path.join(folders.state, "v3") },
    remoteBindings: false,
  });
  try {
    return await seed(proxy.env.MODELS, folders);
  } finally {
    await proxy.dispose();
  }
}

/** Puts every installed model into a bucket. Returns how many objects were new. */
export async function seed(bucket: Bucket, folders: ModelFolders): Promise<number> {
  const files = [...(await readRecords(folders)).values()].flatMap((record) => modelFiles(folders, record));
  const missing = [];
  for (const one of files) {
    const head = await bucket.head(one.key);
    if (head?.size !== one.bytes) missing.push(one);
  }
  if (missing.length === 0) return 0;
  const progress = startProgress("Putting models into the local R2");
  for (const [index, one] of missing.entries()) {
    await bucket.put(one.key, await readFile(one.file), { sha256: one.sha256 });
    progress.update(index + 1, missing.length);
  }
  progress.done();
  return missing.length;
}

/** The bucket bound as MODELS in wrangler.toml. */
export async function modelsBucket(): Promise<string> {
  const toml = await readFile(path.join(ROOT, "wrangler.toml"), "utf8");
  const name = /binding = "MODELS"\s+bucket_name = "([^"]+)"/.exec(toml)?.[1];
  if (name === undefined) throw new UserError("wrangler.toml binds no R2 bucket as MODELS.");
  return name;
}

/** Puts the named models into the account's R2 bucket through wrangler, which must be logged in. */
export async function pushRemote(
  folders: ModelFolders,
  names: readonly string[],
  options: { readonly dryRun: boolean },
): Promise<void> {
  const bucket = await modelsBucket();
  for (const name of names) {
    const record = await findInstalled(folders, name);
    for (const { key, file } of modelFiles(folders, record)) {
      const args = ["r2", "object", "put", `${bucket}/${key}`, "--file", file, "--remote"];
      process.stdout.write(`wrangler ${args.join(" ")}\n`);
      if (!options.dryRun) await wrangler(args);
    }
  }
}

/** Runs the project's wrangler. @throws {UserError} when it fails. */
async function wrangler(args: readonly string[]): Promise<void> {
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [path.join(ROOT, "node_modules/wrangler/bin/wrangler.js"), ...args],
      {
        stdio: "inherit",
      },
    );
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new UserError(`wrangler ${args.slice(0, 3).join(" ")} failed; its message is above.`);
}
