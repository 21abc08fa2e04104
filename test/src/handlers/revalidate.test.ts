import { expect, test } from "vitest";
import { digestText, toHex } from "../../../src/handlers/bytes.ts";
import { testApp } from "../support/app.ts";
import { storedColorModel } from "../support/color-model.ts";

const model = await storedColorModel("mobilenet_v3_small");
const { request } = testApp({ models: [model] });

test.each(["/v1/models", `/v1/models/${model.name}`, "/openapi.json"])(
  "%s is asked for anew, and not sent anew",
  async (path) => {
    const response = await request(path);
    const tag = response.headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[0-9a-f]{64}"$/);
    expect(tag).toBe(`"${toHex(await digestText(await response.text()))}"`);
    expect(response.headers.get("cache-control")).toBe("no-cache");

    for (const names of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const unchanged = await request(path, { headers: { "If-None-Match": names } });
      expect(unchanged.status, names).toBe(304);
      expect(await unchanged.text()).toBe("");
      expect(unchanged.headers.get("etag")).toBe(tag);
      expect(unchanged.headers.get("cache-control")).toBe("no-cache");
    }
    expect((await request(path, { headers: { "If-None-Match": '"other"' } })).status).toBe(200);
    expect((await request(path, { method: "HEAD" })).headers.get("etag")).toBe(tag);
  },
);

test("a page of another origin may see that nothing has changed", async () => {
  const { request } = testApp({ models: [model], variables: { CORS_ORIGINS: "https://app.example.com" } });
  const headers = { Origin: "https://app.example.com", "If-None-Match": "*" };
  for (const path of ["/v1/models", "/openapi.json"]) {
    const { status, headers: answered } = await request(path, { headers });
    expect([status, answered.has("access-control-allow-origin")], path).toEqual([304, true]);
  }
});

test("the tag changes with the content", async () => {
  const more = testApp({ models: [model, await storedColorModel("another", { seed: 1 })] });
  const tags = [await request("/v1/models"), await more.request("/v1/models")].map(({ headers }) =>
    headers.get("etag"),
  );
  expect(tags[0]).not.toBe(tags[1]);
});

test("no shared cache keeps what a key is needed for", async () => {
  const key = "correct-horse-battery";
  const variables = { API_KEYS: `alice=${toHex(await digestText(key))}`, PUBLIC_READS: "false" };
  const shut = testApp({ models: [model], variables });
  const response = await shut.request("/v1/models", { headers: { "X-Api-Key": key } });
  expect(response.headers.get("cache-control")).toBe("private, no-cache");
  const refused = await shut.request("/v1/models", { headers: { "If-None-Match": "*" } });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("cache-control")).toBe("no-store");
});

test.each([
  ["/v1/models/nothing", 404],
  ["/healthz", 200],
  ["/readyz", 503],
])("%s has no tag, and is not kept", async (path, status) => {
  const response = await request(path, { headers: { "If-None-Match": "*" } });
  expect(response.status).toBe(status);
  expect(response.headers.has("etag")).toBe(false);
  expect(response.headers.get("cache-control")).toBe("no-store");
});

test("a POST has no tag, and its preconditions are passed over", async () => {
  const headers = { "If-None-Match": "*", "If-Match": '"x"' };
  const response = await request("/v1/classify", { method: "POST", body: "hello", headers });
  expect(response.status).toBe(415);
  expect(response.headers.has("etag")).toBe(false);
  expect(response.headers.get("cache-control")).toBe("no-store");
});
