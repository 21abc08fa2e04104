/**
 * `npm run self-host -- <folder>`: the Worker for workerd on a machine of one's own: script, modules, models, configuration.
 *
 * @module
 */
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { unstable_readConfig } from "wrangler";
import { bundleWorker } from "../../bench/harness/worker.ts";
import { modelFolders, ROOT } from "../models/paths.ts";
import { modelFiles, readRecords } from "../models/store.ts";
import { toCapnp } from "./capnp.ts";

/** Names of the Worker's variables. Its modules are imported by address here, as their types are a Worker's, which Node's contradict. */
async function variableNames(): Promise<readonly string[]> {
  const config = pathToFileURL(path.join(ROOT, "src/config.ts")).href;
  const { VARIABLE_NAMES } = (await import(config)) as { VARIABLE_NAMES: readonly string[] };
  return VARIABLE_NAMES;
}

/** Writes the folder; what is in it is replaced. */
async function buildSelfHosted(out: string): Promise<void> {
  const folders = modelFolders();
  const { script, wasm } = await bundleWorker("src/index.self-hosted.ts", folders);
  const wrangler = unstable_readConfig({ config: path.join(ROOT, "wrangler.toml") }, { hideWarnings: true });
  const { compatibility_date, compatibility_flags } = wrangler as {
    compatibility_date: string;
    compatibility_flags: string[];
  };
  await rm(out, { recursive: true, force: true });
  await mkdir(path.join(out, "models"), { recursive: true });
  await writeFile(path.join(out, "worker.js"), script);
  for (const [name, bytes] of wasm) await writeFile(path.join(out, name), bytes);
  for (const record of (await readRecords(folders)).values()) {
    for (const { key, file } of modelFiles(folders, record)) await cp(file, path.join(out, "models", key));
  }
  const config = toCapnp({
    wasm: [...wasm.keys()],
    variables: await variableNames(),
    compatibilityDate: compatibility_date,
    compatibilityFlags: compatibility_flags,
  });
  await writeFile(path.join(out, "config.capnp"), config);
}

const [out] = process.argv.slice(2);
if (out === undefined) {
  process.stderr.write("Which folder? npm run self-host -- <folder>\n");
  process.exitCode = 1;
} else {
  await buildSelfHosted(path.resolve(out));
}
