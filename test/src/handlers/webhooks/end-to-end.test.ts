import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { JobRecord } from "../../../../src/handlers/jobs/job.ts";
import { seed } from "../../support/stored-model.ts";
import { app, faults, faultyEnv, lines, model, puts, SECRETS } from "../../support/worker.ts";

const IMAGES = "https://images.edge-vision.dev";
const CALLBACKS = "https://callbacks.edge-vision.dev";

interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
}

beforeAll(() => seed(env.MODELS, [model]));
afterEach(() => {
  faults.beforePut = undefined;
});

let serial = 0;
const unique = (name: string) => `${name}-${++serial}`;

/** Requests go through the application of the test Worker, jobs through the real queue. */
const request = (path: string, init?: RequestInit) => Promise.resolve(app.request(path, init, faultyEnv()));

/** Sends a webhook, signed. */
function send(
  data: object,
  { id = unique("msg"), secret = SECRETS.current as string, at = new Date() } = {},
): Promise<Response> {
  const body = JSON.stringify({ type: "image.created", data });
  return request("/v1/webhooks/shop", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, at, body),
    },
    body,
  });
}

type Job = JobRecord & { readonly result_key?: string; readonly result?: unknown };

/** Sends a webhook, and waits until its job is in the state. */
async function run(data: object, state: string): Promise<Job> {
  const response = await send(data);
  expect(response.status).toBe(202);
  const { job } = (await response.json()) as { job: string };
  return until(job, state);
}

function until(job: string, state: string): Promise<Job> {
  return vi.waitFor(
    async () => {
      const found = (await (await request(`/v1/jobs/${job}`)).json()) as Job;
      expect(found, JSON.stringify(found)).toMatchObject({ state });
      return found;
    },
    { timeout: 50_000, interval: 50 },
  );
}

async function received(box: string): Promise<Received[]> {
  const response = await fetch(`${CALLBACKS}/${box}`);
  return response.json();
}

/** Checks the signature with the library that receivers use. */
function open({ body, headers }: Received) {
  return new Webhook(SECRETS.callback).verify(body, headers) as Record<string, unknown>;
}

describe("a signed webhook", () => {
  test("is tagged, stored, and told to the callback, signed", async () => {
    const box = unique("box");
    const job = await run(
      { id: "product-7", image_url: `${IMAGES}/red.png`, callback_url: `${CALLBACKS}/${box}` },
      "delivered",
    );
    expect(job).toMatchObject({
      source: "shop",
      subject: "product-7",
      attempts: 1,
      result: { models: [{ model: "mobilenet_v3_small" }], tags: [{ label: "red" }] },
    });
    const stored = await env.RESULTS?.get(job.result_key ?? "");
    expect(await stored?.json()).toEqual(job.result);

    const [callback, ...others] = await received(box);
    expect(others).toEqual([]);
    expect(callback.headers["webhook-id"]).toBe(`msg_${job.id}`);
    expect(callback.body.length).toBeLessThan(20_000);
    expect(open(callback)).toMatchObject({
      type: "image.tagged",
      data: {
        job: job.id,
        source: "shop",
        id: "product-7",
        result: job.result_key,
        tags: [{ label: "red" }],
      },
    });
  });

  test("with the secret that is being replaced is taken too, with any other not", async () => {
    const data = { image_url: `${IMAGES}/red.png` };
    expect((await send(data, { secret: SECRETS.old })).status).toBe(202);
    const refused = await send(data, { secret: SECRETS.callback });
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ type: expect.stringMatching(/wrong-signature$/) });
  });

  test.each([-6, 6])("that is %i minutes off is refused", async (minutes) => {
    const at = new Date(Date.now() + minutes * 60_000);
    expect((await send({ image_url: `${IMAGES}/red.png` }, { at })).status).toBe(401);
  });

  test("whose body was changed is refused", async () => {
    const at = new Date();
    const signature = new Webhook(SECRETS.current).sign("m", at, "{}");
    const headers = {
      "webhook-id": "m",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": signature,
    };
    const response = await request("/v1/webhooks/shop", { method: "POST", headers, body: '{"a":1}' });
    expect(response.status).toBe(401);
  });

  test("that is sent again is 202 again, stored once, told once", async () => {
    const box = unique("box");
    const data = { image_url: `${IMAGES}/color/255-9-9`, callback_url: `${CALLBACKS}/${box}` };
    const id = unique("replayed");
    const first = (await (await send(data, { id })).json()) as { job: string };
    const { result_key } = await until(first.job, "delivered");
    const again = await send(data, { id });
    expect(again.status).toBe(202);
    expect(await again.json()).toEqual(first);
    expect(puts.filter((key) => key === result_key)).toHaveLength(1);
    expect(await received(box)).toHaveLength(1);
  });

  test("without an image is 200, and nothing is done", async () => {
    const response = await send({ nothing: true });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ignored: "the payload has no address at /data/image_url" });
  });
});

describe("a callback", () => {
  test("that fails three times is told again under the same id", async () => {
    const box = unique("box");
    const job = await run(
      { image_url: `${IMAGES}/red.png`, callback_url: `${CALLBACKS}/${box}?failures=3` },
      "delivered",
    );
    const calls = await received(box);
    expect(calls.map(({ status }) => status)).toEqual([500, 500, 500, 204]);
    expect(new Set(calls.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([`msg_${job.id}`]));
    for (const call of calls) expect(open(call)).toMatchObject({ type: "image.tagged" });
    expect(job.attempts).toBe(4);
  });

  test("that answers 410 is called no more", async () => {
    const box = unique("box");
    const callback_url = `${CALLBACKS}/${box}?failures=9&status=410`;
    await run({ image_url: `${IMAGES}/red.png`, callback_url }, "disabled");
    await run({ image_url: `${IMAGES}/red.png`, callback_url }, "disabled");
    expect(await received(box)).toHaveLength(1);
  });

  test("that redirects is not followed: it has failed", async () => {
    const box = unique("box");
    const other = unique("other");
    const location = encodeURIComponent(`${CALLBACKS}/${other}`);
    const callback_url = `${CALLBACKS}/${box}?failures=1&status=302&location=${location}`;
    await run({ image_url: `${IMAGES}/red.png`, callback_url }, "delivered");
    expect((await received(box)).map(({ status }) => status)).toEqual([302, 204]);
    expect(await received(other)).toEqual([]);
  });

  test("at a private address is refused for good", async () => {
    const job = await run(
      { image_url: `${IMAGES}/red.png`, callback_url: "https://169.254.169.254/" },
      "failed",
    );
    expect(job.problem).toEqual({ type: "callback-failed", detail: expect.stringMatching(/link-local/) });
  });
});

describe("a host of images", () => {
  test("that answers 500 three times is asked again", async () => {
    const box = unique("box");
    const image_url = `${IMAGES}/flaky/${unique("x")}?failures=3`;
    const job = await run({ image_url, callback_url: `${CALLBACKS}/${box}` }, "delivered");
    expect(job).toMatchObject({ attempts: 4, result: { tags: [{ label: "green" }] } });
  });

  test.each([
    [
      "redirects to the metadata service",
      `/redirect?to=${encodeURIComponent("https://169.254.169.254/")}`,
      "url-refused",
    ],
    ["sends a gigabyte", "/huge", "image-too-large"],
    ["sends HTML", "/html", "not-an-image"],
    ["has nothing", "/status/404", "image-fetch-failed"],
  ])("that %s fails the job, and the callback is told why", async (_, path, type) => {
    const box = unique("box");
    const job = await run({ image_url: IMAGES + path, callback_url: `${CALLBACKS}/${box}` }, "failed");
    expect(job.problem?.type).toBe(type);
    expect(open((await received(box))[0])).toMatchObject({
      type: "image.failed",
      data: { problem: { type } },
    });
  });

  test.each([
    ["hangs", "/hang"],
    ["answers 500 for ever", "/status/500"],
  ])("that %s leads to a dead letter, which can be replayed", async (_, path) => {
    const job = await run({ image_url: IMAGES + path }, "dead");
    expect(job).toMatchObject({ attempts: 11, problem: { type: "image-fetch-failed" } });
    expect(await (await request("/v1/jobs")).json()).toEqual({ dead: expect.arrayContaining([job.id]) });
    const replay = await request(`/v1/jobs/${job.id}/replay`, { method: "POST" });
    expect(replay.status).toBe(202);
    expect((await request(`/v1/jobs/${job.id}/replay`, { method: "POST" })).status).toBe(404);
    await until(job.id, "dead");
  });
});

test("a consumer that fails between storing and delivering: delivered when the message comes again, stored once", async () => {
  const box = unique("box");
  let failed = 0;
  faults.beforePut = (_, value) => {
    if (!value.includes('"state":"tagged"') || failed > 0) return;
    failed++;
    throw new Error("R2 is down");
  };
  const image_url = `${IMAGES}/color/3-4-250`;
  const job = await run({ image_url, callback_url: `${CALLBACKS}/${box}` }, "delivered");
  expect(failed).toBe(1);
  expect(job.attempts).toBe(2);
  expect(puts.filter((key) => key === job.result_key)).toHaveLength(1);
  expect(await received(box)).toHaveLength(1);
});

test("an object that R2 tells of is tagged; our own objects are not", async () => {
  const { solidPng } = await import("../../support/png.ts");
  const key = `${unique("photos/upload")}.png`;
  await env.IMAGES?.put(key, solidPng(8, 8, [0, 255, 0]));
  const event = (name: string, action = "PutObject") => ({
    account: "a",
    action,
    bucket: "edge-vision-images",
    object: { key: name, size: 1, eTag: "e1" },
    eventTime: new Date().toISOString(),
  });
  const before = lines.length;
  await env.TAGS?.send(event("results/x/y/z.json"));
  await env.TAGS?.send(event(key, "DeleteObject"));
  await env.TAGS?.send(event(key));
  const job = await vi.waitFor(
    () => {
      const said = lines.slice(before).map((line) => JSON.parse(line) as Record<string, string>);
      expect(said.filter(({ outcome }) => outcome === "ignored")).toHaveLength(2);
      return (
        said.find(({ outcome, source }) => outcome === "done" && source === "uploads")?.job ?? expect.fail()
      );
    },
    { timeout: 20_000, interval: 50 },
  );
  expect(await (await request(`/v1/jobs/${job}`)).json()).toMatchObject({
    subject: key,
    result: { tags: [{ label: "green" }] },
  });
});

test("no log line and no stored object holds a secret, a signature, an address or bytes of an image", async () => {
  const stored: string[] = [];
  for (const { key } of (await env.RESULTS?.list({ prefix: "jobs/" }))?.objects ?? []) {
    stored.push((await (await env.RESULTS?.get(key))?.text()) ?? "");
  }
  expect(lines.length).toBeGreaterThan(20);
  expect(stored.length).toBeGreaterThan(10);
  const everything = [...lines, ...stored].join("\n");
  for (const secret of Object.values(SECRETS)) expect(everything).not.toContain(secret.replace("whsec_", ""));
  expect(everything).not.toMatch(/v1,[A-Za-z0-9+/]{20}|https:\/\/(images|callbacks)\.|iVBORw0KGgo|\x89PNG/);
});
