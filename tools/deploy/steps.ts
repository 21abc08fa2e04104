/**
 * The steps of a deployment, as commands: what is printed by a dry run is what a real one runs.
 *
 * @module
 */
import path from "node:path";
import { ROOT } from "../models/paths.ts";
import type { Resources } from "./resources.ts";

/** A command of a step. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Output of a failure which means that nothing is to be done: a bucket that exists. */
  readonly harmless?: RegExp;
}

/** What happens in order. */
export interface Step {
  readonly title: string;
  readonly commands: readonly Command[];
  /** What a dry run does in their place; nothing, when left out. */
  readonly rehearsal: readonly Command[];
}

/** What a deployment is made of. */
export interface Deployment {
  /** wrangler.toml's environment; `default` for none. */
  readonly environment: string;
  /** What has to exist. */
  readonly resources: Resources;
  /** Leaves out the checks. */
  readonly skipCheck: boolean;
}

/** Steps before and after the Worker is built. */
export interface Plan {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
}

/** Seconds that queues keep messages: the most that they can, 14 days, or the free plan's day. The retries of a job fit into it (RETRY_DELAYS_S). */
function retentionOf(environment: string): string {
  return environment === "free" ? "86400" : "1209600";
}

/** Plans a deployment. */
export function planDeployment({ environment, resources, skipCheck }: Deployment): Plan {
  const named = environment === "default" ? [] : ["--env", environment];
  const local = (title: string, command: Command): Step => ({
    title,
    commands: [command],
    rehearsal: [command],
  });
  const missing = [
    ...resources.buckets.map((name) => wrangler("r2", "bucket", "create", name)),
    ...resources.queues.map((name) =>
      wrangler("queues", "create", name, "--message-retention-period-secs", retentionOf(environment)),
    ),
  ];
  const check = local("Check types, style and unused code", npm("check"));
  const prepare = local(
    "Prepare the models that need no download, and write the manifest that the Worker carries",
    npm("models", "--", "prepare"),
  );
  return {
    before: skipCheck ? [prepare] : [check, prepare],
    after: [
      {
        title: "Create the R2 buckets and queues that are missing",
        commands: missing.map((command) => ({ ...command, harmless: /already (exists|taken)/i })),
        rehearsal: [],
      },
      {
        title: "Push all installed models to R2",
        commands: [npm("models", "--", "push", "--remote")],
        rehearsal: [npm("models", "--", "push", "--remote", "--dry-run")],
      },
      { title: "Deploy the Worker", commands: [wrangler("deploy", ...named)], rehearsal: [] },
    ],
  };
}

/** A command as a line for a shell. */
export function toLine({ program, args }: Command): string {
  const words = args.map((word) => (/^[\w./=:-]+$/.test(word) ? word : `'${word}'`));
  const [name, rest] =
    program === process.execPath ? ["npx wrangler", words.slice(1)] : [path.basename(program), words];
  return [name, ...rest].join(" ");
}

function npm(...args: string[]): Command {
  return { program: "npm", args: ["run", ...args] };
}

function wrangler(...args: string[]): Command {
  return {
    program: process.execPath,
    args: [path.join(ROOT, "node_modules/wrangler/bin/wrangler.js"), ...args],
  };
}
