/**
 * `npm run deploy`: checks, builds, pushes models to R2, deploys. `-- --dry-run` does what is local and prints the rest.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { Option, Command as Program } from "commander";
import { ENVIRONMENTS, measureBundle } from "../bench/harness/bundle-size.ts";
import { measureStartup } from "../bench/harness/startup.ts";
import { boundResources } from "./deploy/resources.ts";
import { type Command, planDeployment, type Step, toLine } from "./deploy/steps.ts";
import { formatBytes, formatTable } from "./terminal.ts";
import { runCommandLine, UserError } from "./user-error.ts";

interface Options {
  readonly dryRun?: boolean;
  readonly env: string;
  readonly skipCheck?: boolean;
}

/** Runs a command, its output shown. @throws {UserError} when it fails */
async function run(command: Command): Promise<void> {
  let printed = "";
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(command.program, command.args, {
      stdio: ["inherit", "pipe", "pipe"],
      env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
    });
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.on("data", (chunk: Buffer) => {
        printed += chunk;
        to.write(chunk);
      });
    }
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code === 0 || command.harmless?.test(printed)) return;
  throw new UserError(`"${toLine(command)}" failed with ${code}; its message is above.`);
}

async function take(step: Step, at: string, dryRun: boolean): Promise<void> {
  process.stdout.write(`\n[${at}] ${step.title}\n`);
  for (const command of step.commands) {
    const skipped = dryRun && !step.rehearsal.includes(command);
    process.stdout.write(`  ${skipped ? "would run" : "runs"}: ${toLine(command)}\n`);
    if (!skipped) await run(command);
  }
  const instead = step.rehearsal.filter((command) => !step.commands.includes(command));
  if (dryRun) for (const command of instead) await run(command);
}

/** Builds every environment, and tells what each weighs. */
async function reportBundles(at: string): Promise<void> {
  process.stdout.write(
    `\n[${at}] Build every environment: what would be uploaded, and what its start costs\n`,
  );
  const rows: string[][] = [];
  for (const environment of ENVIRONMENTS) {
    const { raw, gzipped } = await measureBundle(environment);
    const startup = await measureStartup(environment);
    rows.push([
      environment,
      formatBytes(raw),
      formatBytes(gzipped),
      startup === null ? "not measured" : `${startup.toFixed(0)} ms`,
    ]);
  }
  process.stdout.write(
    `${formatTable(["ENVIRONMENT", "BUNDLE", "GZIPPED", "START-UP CPU (this machine)"], rows)}\n`,
  );
}

async function deploy({ dryRun = false, env, skipCheck = false }: Options): Promise<void> {
  const resources = boundResources(env);
  const { before, after } = planDeployment({ environment: env, resources, skipCheck });
  const total = before.length + 1 + after.length;
  for (const [index, step] of before.entries()) await take(step, `${index + 1}/${total}`, dryRun);
  await reportBundles(`${before.length + 1}/${total}`);
  for (const [index, step] of after.entries()) {
    await take(step, `${before.length + 2 + index}/${total}`, dryRun);
  }
  process.stdout.write(
    dryRun
      ? "\nNothing outside this machine was changed.\n"
      : "\nDeployed. wrangler printed the address above: ask its /readyz, then post a photo to /v1/classify.\n",
  );
}

const program = new Program("npm run deploy --")
  .description("Checks, builds, pushes models to R2, and deploys the Worker to your Cloudflare account.")
  .option("--dry-run", "do what is local, print what else would be done")
  .addOption(
    new Option(
      "--env <environment>",
      "wrangler.toml's environment; slim is without onnxruntime-web, free is for the free plan",
    )
      .choices(ENVIRONMENTS)
      .default("default"),
  )
  .option("--skip-check", "leave out the type check, lint and the search for unused code");

await runCommandLine(() => deploy(program.parse().opts<Options>()));
