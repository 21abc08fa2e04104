/**
 * The job command line: `npm run jobs -- <command>`. It asks a deployment over HTTP, as anyone with a key may.
 *
 * @module
 */
import { Command } from "commander";
import { runCommandLine, UserError } from "../user-error.ts";

interface Target {
  readonly url: string;
  /** An API key; the environment's `EDGE_VISION_KEY` by default, so that it stays out of the shell's history. */
  readonly key?: string;
}

/** Where `npm start` serves. */
const LOCAL = "http://localhost:8787";

const program = new Command("npm run jobs --")
  .description("Shows jobs of webhooks, and replays those that were given up.")
  .option("--url <origin>", "the deployment", LOCAL)
  .option("--key <key>", "an API key; by default the variable EDGE_VISION_KEY", process.env.EDGE_VISION_KEY);

async function ask<Answer>(method: string, path: string): Promise<Answer> {
  const { url, key } = program.opts<Target>();
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(new URL(path, url), { method, headers }).catch((cause: unknown) => {
    const why = cause instanceof Error ? ((cause.cause as Error | undefined) ?? cause).message : cause;
    throw new UserError(
      `${url} does not answer (${why}). --url names the deployment; npm start serves ${LOCAL}.`,
    );
  });
  const body = (await response.json()) as Answer & { readonly detail?: string };
  if (!response.ok) throw new UserError(`${url} answered ${response.status}: ${body.detail}`);
  return body;
}

async function deadJobs(): Promise<readonly string[]> {
  return (await ask<{ dead: readonly string[] }>("GET", "/v1/jobs")).dead;
}

program
  .command("dead")
  .description("Lists the jobs that were given up.")
  .action(async () => {
    for (const id of await deadJobs()) process.stdout.write(`${id}\n`);
  });

program
  .command("show")
  .description("Shows a job, and its result once there is one.")
  .argument("<id>")
  .action(async (id: string) => {
    process.stdout.write(
      `${JSON.stringify(await ask("GET", `/v1/jobs/${encodeURIComponent(id)}`), null, 2)}\n`,
    );
  });

program
  .command("replay")
  .description("Tries jobs again that were given up; a callback that had answered 410 is called again, too.")
  .argument("[ids...]", "all that are dead where none is named")
  .action(async (ids: readonly string[]) => {
    for (const id of ids.length > 0 ? ids : await deadJobs()) {
      await ask("POST", `/v1/jobs/${encodeURIComponent(id)}/replay`);
      process.stdout.write(`${id} is on the queue again\n`);
    }
  });

await runCommandLine(() => program.parseAsync());
