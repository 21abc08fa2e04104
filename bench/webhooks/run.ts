/**
 * Many jobs of webhooks through a real local queue and R2, faults of every kind mixed in: the test of the same name, with more jobs.
 *
 * @module
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { ROOT } from "../../tools/models/paths.ts";
import { UserError } from "../../tools/user-error.ts";

const TEST = "test/src/handlers/webhooks/many.test.ts";

/** Runs the jobs; the test checks that none is lost, each result is stored once, each delivery repeated under its first id. @throws {UserError} */
export async function benchWebhooks(jobs: number): Promise<string> {
  const start = performance.now();
  const vitest = path.join(ROOT, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", "--project", "workerd", TEST], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, WEBHOOK_JOBS: String(jobs) },
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0)
    throw new UserError(`The jobs did not all arrive as they should (vitest exited with ${code}).`);
  const seconds = (performance.now() - start) / 1000;
  return `${jobs} jobs in ${seconds.toFixed(0)} s: none lost, each result stored once, each delivery under its first webhook-id`;
}
