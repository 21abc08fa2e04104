/**
 * Where the result of a job lies: what was made of a picture is used again for the same question, and for no other.
 */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../../../src/app.ts";
import { parseConfig } from "../../../../src/config.ts";
import { type JobRecord, jobId } from "../../../../src/handlers/jobs/job.ts";
import type { TagAnswer } from "../../../../src/handlers/openapi/answers.ts";
import { TagQuery } from "../../../../src/handlers/tag.ts";
import { kernels } from "../../../../src/runtime/engines/kernels/worker.ts";
import type { ManifestModel } from "../../../../src/runtime/manifest.ts";
import { manifestOf, seed } from "../../support/stored-model.ts";
import { model, variables } from "../../support/worker.ts";

beforeAll(() => seed(env.MODELS, [model]));

type Card = ManifestModel["card"];

let serial = 0;

/** A picture that no other test has sent, reddish. */
const picture = () => `https://images.edge-vision.dev/color/255-${++serial}-11`;

/** Runs a job to its end, on a deployment whose model was installed with these changes to its card. */
async function run(url: string, { card = {}, query = {} }: { card?: Partial<Card>; query?: object } = {}) {
  const entry = { ...model.entry, card: { ...model.entry.card, ...card } };
  const app = createApp({
    manifest: manifestOf([{ ...model, entry }]),
    engines: [kernels],
    config: parseConfig({ ...env, ...variables }),
    log: () => undefined,
  });
  const job = await jobId("results", String(++serial));
  const options = TagQuery.parse({ detector: "none", ...query });
  const body = { job, source: "shop", image: { url }, options };
  const message = { queue: "edge-vision-tags", id: job, attempts: 1, body };
  await app.consume(message, env, createExecutionContext());
  const record = await (await env.RESULTS?.get(`jobs/${job}.json`))?.json<JobRecord>();
  const result = await env.RESULTS?.get(record?.result ?? "");
  return { key: record?.result, uploaded: result?.uploaded, answer: await result?.json<TagAnswer>() };
}

test("the same question finds the result that is stored", async () => {
  const url = picture();
  const first = await run(url);
  expect(first.key).toMatch(/^results\/[0-9a-f]{64}\/[0-9a-f]{64}\.json$/);
  expect(first.answer).toMatchObject({ tags: [{ label: "red" }] });
  expect(await run(url)).toEqual(first);
  expect(await run(url, { query: { classifier: model.name } })).toEqual(first);
});

describe("the same weights make another result", () => {
  test("where they were installed anew with other labels", async () => {
    const url = picture();
    const { key } = await run(url);
    const renamed = await run(url, { card: { labels: ["rosso", "verde", "blu"] } });
    expect(renamed.key).not.toBe(key);
    expect(renamed.answer).toMatchObject({ tags: [{ label: "rosso" }] });
  });

  test.each<[string, { card?: Partial<Card>; query?: object }]>([
    [
      "preprocessing",
      {
        card: { preprocess: { ...model.entry.card.preprocess, std: [0.5, 0.5, 0.5] } as Card["preprocess"] },
      },
    ],
    ["reading of the outputs", { card: { output: { kind: "logits", function_to_apply: "sigmoid" } } }],
    ["parameters", { query: { top_k: "1" } }],
  ])("with other %s", async (_, change) => {
    const url = picture();
    const { key } = await run(url);
    const other = await run(url, change);
    expect(other.key).toMatch(/^results\//);
    expect(other.key).not.toBe(key);
  });
});
