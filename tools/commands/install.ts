import { Command } from "commander";
import { type CatalogueEntry, findCard, readCatalogue } from "../models/catalogue.ts";
import { type InstallOptions, installModel, isBundled, prepareModels } from "../models/install.ts";
import { modelFolders } from "../models/paths.ts";
import { seedLocal } from "../models/r2.ts";
import { writeManifest } from "../models/store.ts";
import { UserError } from "../user-error.ts";

/** `install`: source found, verified, converted, stored, and put into the R2 of `wrangler dev`. */
export function installCommand(): Command {
  return new Command("install")
    .description(
      "Installs models: finds the weights, checks their digest, converts them, puts them into the local R2.",
    )
    .argument("[names...]", "models to install; see: npm run models -- list")
    .option("--all", "every model that has published weights, and those that come with npm")
    .option(
      "--weights <name>",
      "a set of weights by torchvision's name, e.g. IMAGENET1K_V1; the card's first by default",
    )
    .option("--checkpoint <file>", "take the weights from this file (torch.save of a state dict)")
    .option("--calibrate <folder>", "photos to calibrate int8 on, like those that the model will see")
    .option("--no-int8", "fp32 only")
    .option("--unverified", "accept a file whose SHA-256 is not the card's; the model list will say so")
    .addHelpText(
      "after",
      `
Where the weights are looked for, in this order: --checkpoint; models/cache; torch's own cache
($TORCH_HOME/hub/checkpoints, default ~/.cache/torch/hub/checkpoints); torch's model host
(EDGE_VISION_MODEL_HOST names another). An interrupted download goes on where it stopped.
`,
    )
    .action(async (names: string[], options: InstallOptions & { all?: boolean }) => {
      const folders = modelFolders();
      const catalogue = await readCatalogue(folders);
      const entries = options.all
        ? [...catalogue.values()].filter(isInstallable)
        : names.map((name) => findCard(catalogue, name));
      if (entries.length === 0) {
        throw new UserError(
          "Name the models to install, or pass --all. What there is: npm run models -- list",
        );
      }
      if (entries.length > 1 && (options.checkpoint !== undefined || options.weights !== undefined)) {
        throw new UserError("--checkpoint and --weights go with one model.");
      }
      for (const entry of entries) {
        await installModel(entry, folders, options);
        // After each, so that an interrupted --all keeps what is done.
        await writeManifest(folders, catalogue);
      }
      await prepareModels(folders);
      await seedLocal(folders);
    });
}

function isInstallable(entry: CatalogueEntry): boolean {
  const { source } = entry.card;
  return isBundled(entry) || (source.kind === "torchvision" && source.weights.length > 0);
}
