/**
 * No key, no signature and no picture in what is logged, answered or stored: many requests and jobs of all kinds, good ones and bad ones, and everything that they leave searched.
 */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../../src/app.ts";
import { parseConfig } from "../../../src/config.ts";
import { digestText, toHex } from "../../../src/handlers/bytes.ts";
import { kernels } from "../../../src/runtime/engines/kernels/worker.ts";
import { faultyBucket } from "../support/bucket.ts";
import { storedColorModel, storedColorSegmenter, storedHalvesDetector } from "../support/color-model.ts";
import { findLeaks, formsOf, type Secrets } from "../support/leaks.ts";
import { png } from "../support/png.ts";
import { manifestOf, seed } from "../support/stored-model.ts";
import { SECRETS, variables } from "../support/worker.ts";

const models = [
  await storedColorModel("mobilenet_v3_small", { verification: "verified" }),
  await storedHalvesDetector("centernet_mobilenet_v3"),
  await storedColorSegmenter("selfie_segmentation"),
];
const KEYS = { alice: "key-of-alice-7f3e9d2c1b", wrong: "key-of-nobody-5a4b3c2d1e" };
const TOKEN = "token-in-an-address-9e8d7c6b";

/** A picture that is like no other. */
const picture = noise(16, 12);
const toBase64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

/** What must not be found. Signatures are added as they are made. */
const secrets: Record<string, string | Uint8Array> = {
  ...Object.fromEntries(Object.entries(KEYS).map(([name, key]) => [`key ${name}`, key])),
  ...Object.fromEntries(Object.entries(SECRETS).map(([name, secret]) => [`secret ${name}`, secret])),
  ...Object.fromEntries(
    [SECRETS.old, SECRETS.current, SECRETS.callback].map((secret) => [secret, atob(secret.slice(6))]),
  ),
  picture,
};

/** All that was logged, answered and stored: where, and what. */
const written: [where: string, text: string][] = [];
const sent: unknown[] = [];

const faulty = faultyBucket();
const store = env.RESULTS;
const results = new Proxy(store as R2Bucket, {
  get(target, property) {
    if (property === "put") {
      return (key: string, value: string, options: R2PutOptions) => {
        written.push([`stored ${key}`, value]);
        return target.put(key, value, options);
      };
    }
    const value: unknown = Reflect.get(target, property, target);
    return typeof value === "function" ? value.bind(target) : value;
  },
});
const bindings = {
  ...env,
  MODELS: faulty.bucket,
  RESULTS: results,
  TAGS: { send: async (message: unknown) => void sent.push(message) } as unknown as Queue,
  ANALYTICS: { writeDataPoint: (point: object) => void written.push(["data point", JSON.stringify(point)]) },
};
const config = parseConfig({
  ...env,
  ...variables,
  API_KEYS: `alice=${toHex(await digestText(KEYS.alice))}`,
  IMAGE_URLS: "https",
  ALLOW_IMAGE_KEYS: "true",
  CACHE_SECONDS: "60",
  TIMINGS: "true",
});
const app = createApp({
  manifest: manifestOf(models),
  engines: [kernels],
  config,
  log: (line) => written.push(["log", line]),
});

beforeAll(() => seed(env.MODELS, models));

function noise(width: number, height: number): Uint8Array {
  const rows = crypto.getRandomValues(new Uint8Array(height * (1 + width * 3)));
  for (let y = 0; y < height; y++) rows[y * (1 + width * 3)] = 0;
  return png(width, height, rows);
}

async function call(path: string, init: RequestInit): Promise<number> {
  const response = await app.request(path, init, bindings);
  // Answers show what a picture shows, as pictures and masks too; problems show nothing of it.
  const text = await response.text();
  written.push([`answer ${response.status} of ${path}`, `${JSON.stringify([...response.headers])}\n${text}`]);
  return response.status;
}

const json = (body: unknown) => ({
  body: JSON.stringify(body),
  headers: { "Content-Type": "application/json" },
});
function form(name: string, ...files: Uint8Array[]) {
  const body = new FormData();
  for (const file of files) body.append(name, new Blob([file]), "a.png");
  return { body };
}

/** Ways to send the picture, whole or not. */
const BODIES: { readonly body: BodyInit; readonly headers?: Record<string, string> }[] = [
  { body: picture },
  { body: picture.subarray(0, picture.byteLength >> 1) },
  { body: picture.subarray(10) },
  { body: toBase64(picture) },
  form("image", picture),
  form("images", picture, picture.subarray(20), picture),
  form("picture", picture),
  { body: picture, headers: { "Content-Type": "multipart/form-data; boundary=x" } },
  { body: picture, headers: { "Content-Type": "application/json" } },
  json({ image: { base64: toBase64(picture) } }),
  json({ image: { base64: `${toBase64(picture)}?` } }),
  json({ image: toBase64(picture) }),
  json({ images: [{ base64: toBase64(picture) }, { base64: `?${toBase64(picture)}` }, { key: "nothing" }] }),
  json({ inputs: toBase64(picture), parameters: { top_k: 0 } }),
  json({ inputs: [{ name: "input", shape: [1, 3, 1, 1], datatype: "FP32", data: Array.from(picture) }] }),
  json({ image: { url: `data:image/png;base64,${toBase64(picture)}` } }),
  json({ image: { url: `https://images.edge-vision.dev/red.png?token=${TOKEN}` } }),
  json({ image: { url: `https://images.edge-vision.dev/status/500?token=${TOKEN}` } }),
  json({ image: { url: `https://images.edge-vision.dev/redirect?to=http://127.0.0.1/${TOKEN}` } }),
  json({ image: { url: `https://alice:${TOKEN}@images.edge-vision.dev/red.png` } }),
  json({ image: { url: `https://nowhere.edge-vision.dev/${TOKEN}` } }),
];

const ROUTES = [
  "/v1/classify",
  "/v1/detect",
  "/v1/segment?format=rle",
  "/v1/tag",
  "/models/mobilenet_v3_small",
  "/v2/models/mobilenet_v3_small/infer",
  `/v1/classify?key=${KEYS.alice}`,
  "/v1/nothing",
];

const DOORS: Record<string, string>[] = [
  { Authorization: `Bearer ${KEYS.alice}` },
  { "X-Api-Key": KEYS.alice },
  { "X-Api-Key": KEYS.wrong, "X-Request-Id": `${KEYS.wrong} ${TOKEN}` },
  { Authorization: `Basic ${btoa(`alice:${KEYS.alice}`)}` },
];

/** Sends a webhook, signed by the secret, and has its job run so often. */
async function webhook(data: object, { secret = SECRETS.current as string, attempts = 1 } = {}) {
  const id = crypto.randomUUID();
  const now = new Date();
  const body = JSON.stringify({ data });
  const signature = new Webhook(secret).sign(id, now, body);
  secrets[`signature of ${id}`] = signature.slice("v1,".length);
  const status = await call("/v1/webhooks/shop", {
    method: "POST",
    body,
    headers: {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": signature,
    },
  });
  await consume(attempts);
  return status;
}

async function bearerWebhook(token: string) {
  const body = JSON.stringify({ media: { id: 1, url: "https://images.edge-vision.dev/red.png" } });
  await call("/v1/webhooks/strapi", { method: "POST", body, headers: { Authorization: `Bearer ${token}` } });
  await consume(1);
}

async function consume(attempts: number) {
  for (const body of sent.splice(0)) {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const ctx = createExecutionContext();
      const message = { id: crypto.randomUUID(), timestamp: new Date(), attempts: attempt, body };
      const batch = createMessageBatch("edge-vision-tags", [message]);
      await app.queue(batch, bindings, ctx);
      await getQueueResult(batch, ctx);
    }
    const { job } = body as { job: string };
    await call(`/v1/jobs/${job}`, { headers: { "X-Api-Key": KEYS.alice } });
  }
}

describe("what is logged, answered and stored", () => {
  test("holds no key, no signature, no token and no picture", async () => {
    const statuses = new Set<number>();
    for (const fault of [undefined, new Error("R2 is down")]) {
      // What is open stays open: a new name is loaded anew.
      faulty.faults = fault === undefined ? {} : { error: fault };
      for (const path of ROUTES) {
        for (const { body, headers = {} } of BODIES) {
          // The doors are the same for all routes.
          for (const door of fault === undefined && path === ROUTES[0] ? DOORS : DOORS.slice(0, 1)) {
            statuses.add(await call(path, { method: "POST", body, headers: { ...headers, ...door } }));
          }
        }
      }
    }
    faulty.faults = {};
    for (const status of [200, 400, 401, 404, 413, 415, 422, 502]) expect(statuses).toContain(status);

    const images = "https://images.edge-vision.dev";
    const callbacks = "https://callbacks.edge-vision.dev";
    for (const image of ["red.png", "status/404", "status/500", "html", "huge", "hang"]) {
      for (const callback of [
        "ok",
        "down?failures=9",
        "gone?failures=9&status=410",
        "away?failures=9&status=302",
      ]) {
        const image_url = `${images}/${image}?token=${TOKEN}`;
        const callback_url = `${callbacks}/secrets-${callback}${callback.includes("?") ? "&" : "?"}token=${TOKEN}`;
        expect(await webhook({ image_url, callback_url }, { attempts: 2 })).toBe(202);
      }
    }
    await webhook({ image_url: `${images}/red.png`, callback_url: `http://127.0.0.1/${TOKEN}` });
    await webhook({ image_url: `${images}/red.png` }, { secret: SECRETS.callback });
    for (const token of [SECRETS.strapi, KEYS.wrong]) await bearerWebhook(token);

    // What callbacks were sent, and what signed them.
    for (const box of ["ok", "down", "gone", "away"]) {
      const response = await fetch(`${callbacks}/secrets-${box}`);
      for (const { headers, body } of (await response.json()) as {
        headers: Record<string, string>;
        body: string;
      }[]) {
        written.push([`callback ${box}`, body]);
        secrets[`signature of callback ${headers["webhook-id"]}`] = headers["webhook-signature"].slice(
          "v1,".length,
        );
      }
    }

    const where = new Set(written.map(([where]) => where.split(" ")[0]));
    expect([...where].sort()).toEqual(["answer", "callback", "data", "log", "stored"]);
    const states = new Set(written.flatMap(([, text]) => /"state":"(\w+)"/.exec(text)?.[1] ?? []));
    for (const state of ["queued", "retrying", "failed", "delivered", "disabled"])
      expect(states).toContain(state);
    expect(written.length).toBeGreaterThan(800);
    expect(findLeaks(written, { ...secrets, token: TOKEN })).toEqual([]);
  });

  test("is searched by what finds each of them, in every form", () => {
    const all: Secrets = { ...secrets, token: TOKEN };
    for (const [name, secret] of Object.entries(all)) {
      for (const [form, text] of formsOf(secret)) {
        const line = JSON.stringify({ request_id: "x", error: `it was ${text}, and more`, status: 502 });
        expect(findLeaks([["log", line]], { [name]: secret }), `${name} as ${form}`).toEqual([
          `${name}: ${form} in log`,
        ]);
      }
    }
    for (const shift of [0, 1, 2]) {
      const around = new Uint8Array([...new Uint8Array(shift), ...picture]);
      expect(findLeaks([["log", `data:${toBase64(around)}`]], { picture })).toEqual([
        "picture: base64 in log",
      ]);
    }
    expect(findLeaks([["log", JSON.stringify({ data: Array.from(picture) })]], { picture })).toEqual([
      "picture: numbers in log",
    ]);
    expect(findLeaks([["log", "nothing of the kind"]], all)).toEqual([]);
  });
});
