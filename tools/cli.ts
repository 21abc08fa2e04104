/**
 * The model command line: `npm run models -- <command>`.
 *
 * @module
 */
import { Command } from "commander";
import { addCommand } from "./commands/add.ts";
import { installCommand } from "./commands/install.ts";
import { listCommand } from "./commands/list.ts";
import { prepareCommand } from "./commands/prepare.ts";
import { pushCommand } from "./commands/push.ts";
import { quantizeCommand } from "./commands/quantize.ts";
import { removeCommand } from "./commands/remove.ts";
import { verifyCommand } from "./commands/verify.ts";
import { explainCommand } from "./explain.ts";
import { runCommandLine } from "./user-error.ts";

const program = new Command("npm run models --")
  .description("Installs models, checks them, and puts them where the Worker reads them.")
  .addHelpText(
    "after",
    `
Examples:
  npm run models -- list                          what exists and what is installed
  npm run models -- install mobilenet_v3_large    torchvision's weights, from torch's cache or its model host
  npm run models -- install --all                 all seven of torchvision's models
  npm run models -- add --card mine.json          a network of your own
  npm run models -- push mobilenet_v3_large --remote
`,
  )
  .showHelpAfterError("(npm run models -- --help tells more)");

for (const command of [
  listCommand(),
  installCommand(),
  addCommand(),
  quantizeCommand(),
  verifyCommand(),
  explainCommand(),
  removeCommand(),
  pushCommand(),
  prepareCommand(),
]) {
  program.addCommand(command);
}

await runCommandLine(() => program.parseAsync());
