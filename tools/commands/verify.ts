import { Command } from "commander";
import { findInstalled } from "../models/installed.ts";
import { modelFolders } from "../models/paths.ts";
import { findDamage, readRecords } from "../models/store.ts";
import { UserError } from "../user-error.ts";

/** `verify`: digests of everything installed, computed anew. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("Computes the digests of all installed files anew and compares them with the manifest.")
    .argument("[names...]", "models to check; all by default")
    .action(async (names: string[]) => {
      const folders = modelFolders();
      let damaged = 0;
      for (const name of names.length > 0 ? names : (await readRecords(folders)).keys()) {
        const record = await findInstalled(folders, name);
        const damage = await findDamage(folders, record);
        if (damage.length > 0) damaged++;
        process.stdout.write(
          `${name}: ${damage.length > 0 ? damage.join("; ") : `intact (weights: ${record.model.verification})`}\n`,
        );
      }
      if (damaged > 0) throw new UserError(`${damaged} damaged. Run: npm run models -- install <name>`);
    });
}
