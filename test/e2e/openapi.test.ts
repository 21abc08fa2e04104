/**
 * The OpenAPI document of the running Worker: linted, and its examples run.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { bundleWorker, type RunningWorker, startWorker } from "../../bench/harness/worker.ts";
import * as answers from "../../src/handlers/openapi/answers.ts";
import * as compatible from "../../src/handlers/openapi/compatible-answers.ts";
import { prepareModels } from "../../tools/models/install.ts";
import { modelFolders, ROOT } from "../../tools/models/paths.ts";

interface Document {
  readonly paths: Record<
    string,
    Record<
      string,
      { operationId: string; tags: string[]; "x-codeSamples": { label: string; source: string }[] }
    >
  >;
}

/** What must be in an answer, by operation. */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  classify: z.union([answers.ClassifyAnswer, answers.ClassifyAnswers]),
  detect: answers.DetectAnswer,
  segment: answers.SegmentAnswer,
  tag: answers.TagAnswer,
  listModels: answers.ModelsAnswer,
  getModel: answers.ModelAnswer,
  getHealth: answers.HealthAnswer,
  getReady: answers.ReadyAnswer,
  getOpenApi: z.looseObject({ openapi: z.literal("3.1.0") }),
  huggingFaceInference: compatible.HuggingFaceAnswer,
  getServerMetadata: compatible.ServerMetadata,
  getServerLive: compatible.ServerLive,
  getServerReady: compatible.ServerReady,
  getModelMetadata: compatible.ModelMetadata,
  getVersionMetadata: compatible.ModelMetadata,
  getModelReady: compatible.ModelReady,
  getVersionReady: compatible.ModelReady,
  inferModel: compatible.InferAnswer,
  inferVersion: compatible.InferAnswer,
};

let worker: RunningWorker;
/** Where the examples run: what they write stays out of the repository. */
let folder: string;

beforeAll(async () => {
  const folders = modelFolders();
  await prepareModels(folders);
  worker = await startWorker(await bundleWorker("src/index.slim.ts", folders), { folders });
  folder = await mkdtemp(path.join(tmpdir(), "edge-vision-examples-"));
  await symlink(path.join(ROOT, "public"), path.join(folder, "public"));
});
afterAll(async () => {
  await worker?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function lint(source: string): Promise<(string | undefined)[][]> {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
  return problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]);
}

test("the document lints clean", async () => {
  const source = await (await fetch(new URL("openapi.json", worker.origin))).text();
  expect(await lint(source)).toEqual([]);
  // The linter does look.
  expect(await lint(source.replace('"operationId":"classify"', '"operationId":"detect"'))).not.toEqual([]);
});

test("every example runs, and answers as documented", async () => {
  const { paths } = (await (await fetch(new URL("openapi.json", worker.origin))).json()) as Document;
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  for (const { operationId, tags, "x-codeSamples": samples } of operations) {
    expect(samples, operationId).not.toEqual([]);
    // They need a source, its secret and a queue; test/src/handlers/webhooks has them.
    if (tags.includes("Webhooks")) continue;
    for (const { label, source } of samples) {
      const line = source.replace(
        "curl ",
        "curl --silent --show-error --fail-with-body --write-out '%{stderr}%{content_type}' ",
      );
      const { stdout, stderr } = await promisify(execFile)("bash", ["-c", line], {
        cwd: folder,
        maxBuffer: 64 * 2 ** 20,
      });
      if (stderr !== "application/json") continue;
      const parsed = SCHEMAS[operationId]?.safeParse(JSON.parse(stdout));
      expect(parsed?.error ?? parsed?.success, `${operationId}: ${label}`).toBe(true);
    }
  }
});
