import { Command } from "commander";
import { prepareModels } from "../models/install.ts";
import { modelFolders } from "../models/paths.ts";
import { seedLocal } from "../models/r2.ts";

/** `prepare`: what `npm start` and `npm test` need, without a download. */
export function prepareCommand(): Command {
  return new Command("prepare")
    .description(
      "Converts the models that come with npm and the repository where that is not done yet, and writes the manifest.",
    )
    .option("--seed", "put them into the R2 of `wrangler dev`, too")
    .action(async (options: { seed?: boolean }) => {
      const folders = modelFolders();
      await prepareModels(folders);
      if (options.seed) await seedLocal(folders);
    });
}
