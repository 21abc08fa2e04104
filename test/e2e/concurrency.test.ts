import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import {
  type BundledWorker,
  bundleWorker,
  type RunningWorker,
  startWorker,
} from "../../bench/harness/worker.ts";
import { storedColorModel } from "../src/support/color-model.ts";
import { solidPng } from "../src/support/png.ts";
import { manifestOf } from "../src/support/stored-model.ts";

/** Weights of several chunks, so that there is a middle of the load. */
const model = await storedColorModel("mine", { extraBytes: 2_000_000 });
const red = solidPng(64, 64, [255, 0, 0]);
let bundle: BundledWorker;
let worker: RunningWorker | undefined;

beforeAll(async () => {
  bundle = await bundleWorker("test/src/support/http-worker.ts");
});

afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

async function start(variables: Record<string, string>): Promise<URL> {
  worker = await startWorker(bundle, {
    variables: { MANIFEST: JSON.stringify(manifestOf([model])), DELAY_MS: "300", ...variables },
    objects: model.files,
  });
  return worker.origin;
}

function classify(origin: URL): Promise<Response> {
  return fetch(new URL("/v1/classify?model=mine", origin), { method: "POST", body: new Uint8Array(red) });
}

async function reads(origin: URL): Promise<string[]> {
  const response = await fetch(new URL("/test/state", origin));
  return ((await response.json()) as { reads: string[] }).reads;
}

/** Sends half of a picture, and drops the connection. */
async function postHalfAndDrop(origin: URL): Promise<void> {
  const socket = connect(Number(origin.port), origin.hostname);
  socket.on("error", () => {});
  socket.write(
    `POST /v1/classify?model=mine HTTP/1.1\r\nHost: ${origin.host}\r\nContent-Length: 1000\r\n\r\nhalf`,
  );
  await sleep(100);
  socket.resetAndDestroy();
}

/** Posts the picture over a connection of its own, and resets it after a while: workerd takes a mere end of writing for no more than that. */
async function postAndDrop(
  origin: URL,
  afterMs: number,
  body = red,
  type = "application/octet-stream",
): Promise<void> {
  const socket = connect(Number(origin.port), origin.hostname);
  socket.on("error", () => {});
  socket.write(
    `POST /v1/classify?model=mine HTTP/1.1\r\nHost: ${origin.host}\r\nContent-Type: ${type}\r\nContent-Length: ${body.byteLength}\r\n\r\n`,
  );
  socket.write(body);
  await sleep(afterMs);
  socket.resetAndDestroy();
}

test("200 at once while the model is not loaded, the first of which goes away: one read an object, 199 answers", async () => {
  const origin = await start({});
  // Each of the two reads takes 300 ms: after 400 the load is in its middle.
  const first = postAndDrop(origin, 400);
  await sleep(50);
  const others = Array.from({ length: 199 }, () => classify(origin));
  await first;
  const statuses = (await Promise.all(others)).map(({ status }) => status);
  expect(statuses).toEqual(Array(199).fill(200));
  expect((await reads(origin)).sort()).toEqual(Object.keys(model.files).sort());
});

test("one more than the queue holds is 429 with Retry-After at once; callers who go away make room", async () => {
  const origin = await start({ QUEUE_DEPTH: "8", DELAY_MS: "1500" });
  let answered = false;
  const first = classify(origin).finally(() => {
    answered = true;
  });
  await sleep(200);
  const waiting = Array.from({ length: 4 }, () => classify(origin));
  const leaving = Array.from({ length: 3 }, () => postAndDrop(origin, 500));
  await sleep(200);
  const refused = await classify(origin);
  // It waited for nobody.
  expect(answered).toBe(false);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ type: "https://edge-vision.dev/problems/overloaded" });
  await Promise.all(leaving);
  await sleep(200);
  const later = [classify(origin), classify(origin), classify(origin)];
  const answers = await Promise.all([first, ...waiting, ...later]);
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
});

test("callers who go away in the middle of a list leave no place taken", async () => {
  const origin = await start({ QUEUE_DEPTH: "2", DELAY_MS: "500" });
  const image = { base64: Buffer.from(red).toString("base64") };
  const list = Buffer.from(JSON.stringify({ images: [image, image, image, image] }));
  // The first is in the middle of the load, which goes on; the second waits for its turn.
  await Promise.all([1, 2].map(() => postAndDrop(origin, 300, list, "application/json")));
  await vi.waitFor(
    async () => {
      const answers = await Promise.all([classify(origin), classify(origin)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    },
    { timeout: 30_000, interval: 500 },
  );
});

test("callers who go away while they upload leave no place taken", async () => {
  const origin = await start({ QUEUE_DEPTH: "2", DELAY_MS: "0" });
  expect((await classify(origin)).status).toBe(200);
  for (let i = 0; i < 3; i++) await postHalfAndDrop(origin);
  await sleep(100);
  const answers = await Promise.all([classify(origin), classify(origin)]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
});
