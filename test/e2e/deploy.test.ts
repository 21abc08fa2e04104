/**
 * `npm run deploy -- --dry-run`, as a user runs it. The checks are left out: they are a step of `npm test` themselves.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ROOT } from "../../tools/models/paths.ts";

/** A few hundred kilobytes are what wrangler.toml says of the slim environment. */
const MOST_SLIM_GZIPPED_KB = 400;

/** Each environment is bundled, and its start profiled: a minute, more on a machine that does other work. */
const BUILD_TIMEOUT_MS = 300_000;

test("a dry run walks every step and changes nothing", { timeout: BUILD_TIMEOUT_MS }, async () => {
  const { stdout } = await promisify(execFile)(
    "npm",
    ["run", "--silent", "deploy", "--", "--dry-run", "--skip-check", "--env", "slim"],
    { cwd: ROOT },
  );
  const titles = Array.from(stdout.matchAll(/^\[(\d)\/(\d)\] (\w+)/gm), ([, at, total, word]) => [
    at,
    total,
    word,
  ]);
  expect(titles).toEqual([
    ["1", "5", "Prepare"],
    ["2", "5", "Build"],
    ["3", "5", "Create"],
    ["4", "5", "Push"],
    ["5", "5", "Deploy"],
  ]);
  expect(stdout).toContain("would run: npx wrangler r2 bucket create edge-vision-models");
  expect(stdout).toContain(
    "would run: npx wrangler queues create edge-vision-tags --message-retention-period-secs 1209600",
  );
  expect(stdout).toMatch(/wrangler r2 object put edge-vision-models\/[0-9a-f]{64}\/\S+ --file \S+ --remote/);
  expect(stdout).toContain("would run: npx wrangler deploy --env slim");
  expect(stdout).toContain("Nothing outside this machine was changed.");

  const bundles = Array.from(
    stdout.matchAll(/^(default|slim|free) +([\d.]+) [kM]B +([\d.]+) (kB|MB) +(?:\d+ ms|not measured)$/gm),
    ([, environment, , gzipped, unit]) => ({ environment, gzipped, unit }),
  );
  expect(bundles.map(({ environment }) => environment)).toEqual(["default", "slim", "free"]);
  for (const { unit, gzipped } of bundles.slice(1)) {
    expect(unit).toBe("kB");
    expect(Number(gzipped)).toBeLessThan(MOST_SLIM_GZIPPED_KB);
  }
});

test("an environment that there is not is refused", async () => {
  const run = promisify(execFile)("npm", ["run", "--silent", "deploy", "--", "--env", "nope"], { cwd: ROOT });
  await expect(run).rejects.toThrow(/Allowed choices are default, slim, free/);
});
