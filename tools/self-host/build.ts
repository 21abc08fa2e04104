/**
 * `npm run self-host -- <folder>`: the Worker for workerd on a machine of one's own: script, modules, models, configuration.
 *
 * @module
 */
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { unstable_readConfig } from "wrangler";
import { bundleWorker } from "../../bench/harness/worker.ts";
import { modelFolders, ROOT } from "../models/paths.ts";
import { modelFiles, readRecords } from "../models/store.ts";
import { runCommandLine, UserError } from "../user-error.ts";
import { toCapnp } from "./capnp.ts";

/** workerd's configuration: the file by which a folder is known as one of ours. */
const CONFIG = "config.capnp";

/** Names of the Worker's variables. Its modules are imported by address here, as their types are a Worker's, which Node's contradict. */
async function variableNames(): Promise<readonly string[]> {
  const config = pathToFileURL(path.join(ROOT, "src/config.ts")).href;
  const { VARIABLE_NAMES } = (await import(config)) as { VARIABLE_NAMES: readonly string[] };
  return VARIABLE_NAMES;
}

/** Empties a folder that an earlier call wrote. @throws {UserError} where anything else lies in it */
async function clear(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") return [];
    throw new UserError(`${folder} is no folder to write to: ${error.message}`);
  });
  if (entries.length > 0 && !entries.includes(CONFIG)) {
    throw new UserError(`${folder} holds other files. Name a folder that is new or empty.`);
  }
  await rm(folder, { recursive: true, force: true });
}

/** Writes the folder; what an earlier call wrote there is replaced. */
async function buildSelfHosted(out: string): Promise<void> {
  const folders = modelFolders();
  const { script, wasm } = await bundleWorker("src/index.self-hosted.ts", folders);
  const wrangler = unstable_readConfig({ config: path.join(ROOT, "wrangler.toml") }, { hideWarnings: true });
  const { compatibility_date, compatibility_flags } = wrangler as {
    compatibility_date: string;
    compatibility_flags: string[];
  };
  await clear(out);
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
  await writeFile(path.join(out, CONFIG), config);
}

const program = new Command("npm run self-host --")
  .description(
    "Writes the Worker for workerd: script, modules, models and configuration, in a folder of their own.",
  )
  .argument("<folder>", "where to; new, empty, or written by this command before")
  .addHelpText("after", "\nThen, in the folder: workerd serve config.capnp (docs/deploying.md tells more)\n")
  .action((folder: string) => buildSelfHosted(path.resolve(folder)));

await runCommandLine(() => program.parseAsync());
