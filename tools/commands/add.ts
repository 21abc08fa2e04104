import path from "node:path";
import { Command } from "commander";
import { readCard, readCatalogue } from "../models/catalogue.ts";
import { type InstallOptions, installModel } from "../models/install.ts";
import { modelFolders } from "../models/paths.ts";
import { seedLocal } from "../models/r2.ts";
import { writeManifest } from "../models/store.ts";
import { UserError } from "../user-error.ts";

/** `add`: a model of the user's own. */
export function addCommand(): Command {
  return new Command("add")
    .description(
      "Adds a model of your own: a torchvision checkpoint, a TensorFlow.js or TensorFlow Lite model, or an ONNX file.",
    )
    .requiredOption("--card <file>", "the model's card (JSON); files that it names are relative to it")
    .option("--checkpoint <file>", "the checkpoint, where the card names none")
    .option("--calibrate <folder>", "photos to calibrate int8 on, like those that the model will see")
    .option("--no-int8", "fp32 only")
    .addHelpText(
      "after",
      `
A card says what the network is and how its input and output read. The smallest, for a fine-tuned MobileNetV3-Large:
  {
    "name": "my_flowers", "task": "classification", "description": "Ten kinds of flowers", "licence": "MIT",
    "source": { "kind": "torchvision", "architecture": "mobilenet_v3_large", "checkpoint": "flowers.pth" },
    "preprocess": { "kind": "resize_crop", "resize": 256, "crop": 224,
                    "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225] },
    "output": { "kind": "logits" },
    "labels": ["daisy", "rose", "…"]
  }
The cards in models/cards are examples of every kind; docs/models.md describes all fields.
`,
    )
    .action(async (options: InstallOptions & { card: string }) => {
      const folders = modelFolders();
      const file = path.resolve(options.card);
      const card = await readCard(file);
      const catalogue = await readCatalogue(folders);
      if (catalogue.get(card.name)?.own === false) {
        throw new UserError(
          `"${card.name}" is the name of a model that comes with edge-vision. Give the card another name.`,
        );
      }
      await installModel({ card, file, own: true }, folders, options);
      await writeManifest(folders, await readCatalogue(folders));
      await seedLocal(folders);
    });
}
