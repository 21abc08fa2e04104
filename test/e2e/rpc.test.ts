/**
 * Another Worker calls ours through its service binding.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleWorker, type RunningWorker, startWorker } from "../../bench/harness/worker.ts";
import {
  ClassifyAnswer,
  DetectAnswer,
  SegmentAnswer,
  TagAnswer,
} from "../../src/handlers/openapi/answers.ts";
import { prepareModels } from "../../tools/models/install.ts";
import { modelFolders, ROOT } from "../../tools/models/paths.ts";

/** `POST /<method>?<JSON of the options>`; `/stream/<method>` hands the body on as it comes. */
const CALLER = `
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const [method, stream] = url.pathname.slice(1).split("/").reverse();
    const options = url.search ? JSON.parse(decodeURIComponent(url.search.slice(1))) : undefined;
    if (method === "fetch") return env.VISION.fetch("https://vision/v1/classify", { method: "POST", body: request.body });
    try {
      const image = stream ? request.body : new Uint8Array(await request.arrayBuffer());
      return Response.json(await env.VISION[method](image, options));
    } catch (error) {
      return new Response(error.message, { status: 500 });
    }
  }
};`;

let worker: RunningWorker;
let photo: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  const folders = modelFolders();
  await prepareModels(folders);
  const bundle = await bundleWorker("src/index.slim.ts", folders);
  worker = await startWorker(bundle, { folders, caller: CALLER });
  photo = new Uint8Array(await readFile(path.join(ROOT, "public/samples/astronaut.jpg")));
});
afterAll(() => worker?.stop());

function call(method: string, options?: object, body = photo): Promise<Response> {
  const query = options === undefined ? "" : `?${encodeURIComponent(JSON.stringify(options))}`;
  return worker.fetchCaller(method + query, { method: "POST", body });
}

/** The same over HTTP. */
async function post(route: string): Promise<unknown> {
  const response = await fetch(new URL(route, worker.origin), { method: "POST", body: photo });
  return response.json();
}

test.each([
  ["classify", { top_k: 3 }, "v1/classify?top_k=3", ClassifyAnswer],
  ["detect", { threshold: 0.4, classes: ["person"] }, "v1/detect?threshold=0.4&classes=person", DetectAnswer],
  ["segment", { format: "rle" }, "v1/segment?format=rle", SegmentAnswer],
  ["tag", { classifier: "none" }, "v1/tag?classifier=none", TagAnswer],
] as const)("%s answers as the route does", async (method, options, route, schema) => {
  const answer: unknown = await (await call(method, options)).json();
  expect(answer).toEqual(await post(route));
  expect(schema.safeParse(answer).error).toBeUndefined();
});

test("a picture may be a stream, options may be left out, and fetch works", async () => {
  const expected = await post("v1/classify");
  expect(await (await call("stream/classify")).json()).toEqual(expected);
  expect(await (await call("classify")).json()).toEqual(expected);
  expect(await (await call("fetch")).json()).toEqual(expected);
});

test("a problem becomes an error that names it", async () => {
  const text = new TextEncoder().encode("no picture");
  expect(await (await call("detect", {}, text)).text()).toMatch(/^not-an-image: /);
  expect(await (await call("detect", { threshold: 7 })).text()).toMatch(/^bad-parameter: threshold/);
});
