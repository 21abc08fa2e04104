/**
 * Many jobs of webhooks through a real local queue and R2, faults of every kind mixed in: the test of the same name, with more jobs.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT } from "../../tools/models/paths.ts";
import { UserError } from "../../tools/user-error.ts";
import { type Row, writeReport } from "../harness/report.ts";
import type { ManyJobs } from "./counts.ts";

const TEST = "test/src/handlers/webhooks/many.test.ts";

/** What vitest's JSON reporter writes, as far as it is read here. */
interface TestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly meta: { readonly manyJobs?: ManyJobs } }[];
  }[];
}

/**
 * Runs the jobs, writes `bench/results/webhooks`, and returns its rows. The test checks that none is lost, each result is stored once, each delivery
 * repeated under its first id.
 *
 * @throws {UserError} when they do not all arrive as they should
 */
export async function benchWebhooks(jobs: number): Promise<Row[]> {
  const start = performance.now();
  const { deliveries, repeatedDeliveries, storedResults, repeatedWebhooks, failedWrites } =
    await runTest(jobs);
  const seconds = Math.round((performance.now() - start) / 1000);
  const rows: Row[] = [
    {
      jobs,
      lost: 0,
      webhooks_sent_twice: repeatedWebhooks,
      writes_failed: failedWrites,
      deliveries,
      repeated: repeatedDeliveries,
      results_stored: storedResults,
      stored_twice: 0,
      seconds,
    },
  ];
  await writeReport({
    name: "webhooks",
    title: "Webhooks",
    command: `npm run bench -- webhooks --jobs ${jobs}`,
    notes: [
      "Signed webhooks in, tags stored, signed callbacks out, through the local Queue and R2 of workerd and a real HTTP server. Mixed in: callbacks that " +
        "answer 500 twice, 429 or a redirect once; hosts of pictures that answer 500 twice; every twentieth write of a job's record fails, between " +
        "storing and delivering among them; every tenth webhook is sent twice.",
      `The test (\`${TEST}\`) fails when a job is lost, a result is stored twice, or a repeated delivery has another \`webhook-id\` than the first. ` +
        "Jobs whose pictures are the same share a result. Nothing waits between attempts (`RETRY_DELAYS_S=0`); the time is that of the whole test run.",
    ],
    rows,
  });
  return rows;
}

async function runTest(jobs: number): Promise<ManyJobs> {
  const folder = await mkdtemp(path.join(tmpdir(), "edge-vision-webhooks-"));
  try {
    const file = path.join(folder, "report.json");
    const vitest = path.join(ROOT, "node_modules/vitest/vitest.mjs");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const child = spawn(process.execPath, [vitest, "run", "--project", "workerd", ...reporters, TEST], {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, WEBHOOK_JOBS: String(jobs) },
    });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    const report = code === 0 ? (JSON.parse(await readFile(file, "utf8")) as TestReport) : undefined;
    const result = report?.testResults[0]?.assertionResults[0]?.meta.manyJobs;
    if (result === undefined) {
      throw new UserError(`The jobs did not all arrive as they should (vitest exited with ${code}).`);
    }
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
