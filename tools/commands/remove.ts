import { Command } from "commander";
import { readCatalogue } from "../models/catalogue.ts";
import { modelFolders } from "../models/paths.ts";
import { removeModel, writeManifest } from "../models/store.ts";
import { UserError } from "../user-error.ts";

/** `remove`: a model's converted files, and its place in the manifest. */
export function removeCommand(): Command {
  return new Command("remove")
    .description("Removes installed models. Downloaded checkpoints stay in models/cache.")
    .argument("<names...>", "models to remove")
    .action(async (names: string[]) => {
      const folders = modelFolders();
      for (const name of names) {
        if (!(await removeModel(folders, name))) throw new UserError(`${name} is not installed.`);
        process.stdout.write(`Removed ${name}.\n`);
      }
      await writeManifest(folders, await readCatalogue(folders));
    });
}
