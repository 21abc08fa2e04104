import { Command } from "commander";
import { readCatalogue } from "../models/catalogue.ts";
import { addVariant } from "../models/install.ts";
import { findInstalled } from "../models/installed.ts";
import { modelFolders } from "../models/paths.ts";
import { seedLocal } from "../models/r2.ts";
import { readVariant, writeManifest } from "../models/store.ts";
import { describeQuantization, embedInt8, makeInt8, type QuantizeOptions } from "../quantize/variant.ts";
import { UserError } from "../user-error.ts";

/** `quantize`: the int8 variant of an installed model, made anew. */
export function quantizeCommand(): Command {
  return new Command("quantize")
    .description(
      "Makes the int8 variant of an installed model anew, calibrated on photos of yours. (`install` makes one, calibrated on the repository's.)",
    )
    .argument("<name>", "an installed model; see: npm run models -- list")
    .option("--calibrate <folder>", "photos like those that the model will see, 100 or more")
    .option("--search", "find what to leave in fp32 where int8 answers too differently; takes minutes")
    .option("--embed", "write it to models/embedded, for the repository to carry")
    .action(async (name: string, options: QuantizeOptions & { embed?: boolean }) => {
      const folders = modelFolders();
      const record = await findInstalled(folders, name);
      const { card, variants } = record.model;
      const source = await readVariant(folders, record, "fp32");
      if (!source) {
        throw new UserError(
          `${name} has no fp32 variant to quantize; it comes as ${Object.keys(variants).join(", ")}.`,
        );
      }
      const made = await makeInt8(card, source, options);
      if (options.embed) await embedInt8(card, source, made, folders);
      await addVariant(folders, record, made);
      process.stderr.write(`${name}: ${describeQuantization(made.quantization)}.\n`);
      await writeManifest(folders, await readCatalogue(folders));
      await seedLocal(folders);
    });
}
