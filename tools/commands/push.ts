import { Command } from "commander";
import { modelFolders } from "../models/paths.ts";
import { pushRemote, seedLocal } from "../models/r2.ts";
import { readRecords } from "../models/store.ts";

/** `push`: installed models into R2. */
export function pushCommand(): Command {
  return new Command("push")
    .description(
      "Puts installed models into R2: the local one of `wrangler dev`, or with --remote your account's bucket.",
    )
    .argument("[names...]", "models to push; all installed by default")
    .option("--remote", "into the bucket that wrangler.toml names, on your Cloudflare account")
    .option("--dry-run", "with --remote: print what would be done")
    .action(async (names: string[], options: { remote?: boolean; dryRun?: boolean }) => {
      const folders = modelFolders();
      if (!options.remote) {
        const count = await seedLocal(folders);
        process.stdout.write(`${count} new objects in the local R2.\n`);
        return;
      }
      const all = [...(await readRecords(folders)).keys()];
      await pushRemote(folders, names.length > 0 ? names : all, { dryRun: options.dryRun ?? false });
    });
}
