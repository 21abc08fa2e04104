/**
 * The entry of `--env free`, bundled, beside the slim one: the same answers, whether the application runs in the Worker or in a Durable Object.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleWorker, type RunningWorker, startWorker } from "../../bench/harness/worker.ts";
import { prepareModels } from "../../tools/models/install.ts";
import { modelFolders, ROOT } from "../../tools/models/paths.ts";

const CALLER = `
export default {
  async fetch(request, env) {
    return Response.json(await env.VISION.classify(request.body));
  }
};`;

let free: RunningWorker;
let slim: RunningWorker;
let photo: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  const folders = modelFolders();
  await prepareModels(folders);
  const bundle = await bundleWorker("src/index.free.ts", folders);
  free = await startWorker(bundle, { folders, inObject: true, caller: CALLER });
  slim = await startWorker(await bundleWorker("src/index.slim.ts", folders), { folders });
  photo = new Uint8Array(await readFile(path.join(ROOT, "public/samples/astronaut.jpg")));
});
afterAll(() => Promise.all([free?.stop(), slim?.stop()]));

test.each(["v1/classify", "v1/detect?threshold=0.4", "v1/segment", "v1/segment?draw=1", "v1/tag"])(
  "POST %s",
  async (route) => {
    const [ours, theirs] = await Promise.all(
      [free, slim].map(({ origin }) => fetch(new URL(route, origin), { method: "POST", body: photo })),
    );
    expect(ours.status).toBe(200);
    expect(ours.headers.get("content-type")).toBe(theirs.headers.get("content-type"));
    expect(
      Buffer.compare(Buffer.from(await ours.arrayBuffer()), Buffer.from(await theirs.arrayBuffer())),
    ).toBe(0);
  },
);

test("a service binding hands a stream through to the object", async () => {
  const response = await fetch(new URL("v1/classify", slim.origin), { method: "POST", body: photo });
  const answer = await free.fetchCaller("", { method: "POST", body: photo });
  expect(await answer.json()).toEqual(await response.json());
});
