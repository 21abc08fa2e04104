import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { digestText, toHex } from "../../../src/handlers/bytes.ts";
import { trustedEnv } from "../../../src/handlers/trusted.ts";
import { testApp } from "../support/app.ts";
import { storedColorModel } from "../support/color-model.ts";
import { solidPng } from "../support/png.ts";
import { seed } from "../support/stored-model.ts";

const model = await storedColorModel("mobilenet_v3_small", { verification: "verified" });
const post = { method: "POST", body: solidPng(8, 8, [255, 0, 0]) };
const KEYS = { alice: "correct-horse-battery", bob: "staple.staple.staple" };
const API_KEYS = (
  await Promise.all(
    Object.entries(KEYS).map(async ([name, key]) => `${name}=${toHex(await digestText(key))}`),
  )
).join("\n");

beforeAll(() => seed(env.MODELS, [model]));

function start(variables: Record<string, string> = {}) {
  return testApp({ models: [model], variables: { API_KEYS, ...variables } });
}

const withKey = (key: string, init: RequestInit = post) => ({
  ...init,
  headers: { Authorization: `Bearer ${key}` },
});

describe("API keys", () => {
  test.each(Object.entries(KEYS))("%s's opens, and the log has the name only", async (name, key) => {
    const { request, lines } = start();
    const response = await request("/v1/classify", withKey(key));
    expect(response.status).toBe(200);
    expect(lines[0]).toMatchObject({ caller: name });
    expect(JSON.stringify(lines)).not.toContain(key);
    expect((await request("/v1/classify", { ...post, headers: { "X-Api-Key": key } })).status).toBe(200);
  });

  test.each([
    ["none", {}],
    ["a wrong one", { Authorization: "Bearer wrong" }],
    ["an empty one", { "X-Api-Key": "" }],
    ["the digest itself", { "X-Api-Key": API_KEYS.slice(6, 70) }],
    ["another scheme", { Authorization: `Basic ${btoa(`alice:${KEYS.alice}`)}` }],
  ])("%s is 401, before the body is read", async (_, headers) => {
    const { request, lines } = start();
    const response = await request("/v1/classify", { ...post, headers });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await response.json()).toMatchObject({ type: expect.stringMatching(/unauthorized$/) });
    expect(lines[0]).toMatchObject({ status: 401, outcome: "unauthorized" });
  });

  test("reads are public unless the configuration says otherwise; probes always", async () => {
    const open = start();
    const shut = start({ PUBLIC_READS: "false" });
    expect((await open.request("/v1/models")).status).toBe(200);
    expect((await shut.request("/v1/models")).status).toBe(401);
    expect((await shut.request("/v1/models", withKey(KEYS.bob, {}))).status).toBe(200);
    for (const path of ["/healthz", "/readyz", "/v2/health/live"]) {
      expect((await shut.request(path)).status, path).toBe(200);
    }
  });

  test("none is needed where none is configured, nor by a service binding", async () => {
    expect((await testApp({ models: [model] }).request("/v1/classify", post)).status).toBe(200);
    const { app } = start();
    expect((await app.request("/v1/classify", post, trustedEnv(env))).status).toBe(200);
  });
});

describe("rate limits", () => {
  /** Lets so many calls of each key pass. */
  function limiter(limit: number) {
    const counts = new Map<string, number>();
    return {
      counts,
      async limit({ key }: { key: string }) {
        const count = (counts.get(key) ?? 0) + 1;
        counts.set(key, count);
        return { success: count <= limit };
      },
    };
  }

  test("an address over its limit is 429 with Retry-After, another is served", async () => {
    const { app } = testApp({ models: [model] });
    const ADDRESS_LIMIT = limiter(1);
    const from = (address: string) =>
      app.request("/v1/models", { headers: { "CF-Connecting-IP": address } }, { ...env, ADDRESS_LIMIT });
    expect((await from("198.51.100.7")).status).toBe(200);
    const refused = await from("198.51.100.7");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(await refused.json()).toMatchObject({ type: expect.stringMatching(/rate-limited$/) });
    expect((await from("198.51.100.8")).status).toBe(200);
    // One IPv6 network is one caller.
    expect((await from("2001:db8:1:2::1")).status).toBe(200);
    expect((await from("2001:db8:1:2:3:4:5:6")).status).toBe(429);
  });

  test("a key is counted by its name", async () => {
    const { app } = start();
    const KEY_LIMIT = limiter(1);
    const call = (key: string) => app.request("/v1/classify", withKey(key), { ...env, KEY_LIMIT });
    expect((await call(KEYS.alice)).status).toBe(200);
    expect((await call(KEYS.alice)).status).toBe(429);
    expect((await call(KEYS.bob)).status).toBe(200);
    expect([...KEY_LIMIT.counts.keys()]).toEqual(["alice", "bob"]);
  });

  test("a limiter that fails lets callers in, and the log says so", async () => {
    const { app, lines } = testApp({ models: [model] });
    const ADDRESS_LIMIT = { limit: () => Promise.reject(new Error("limiter is down")) };
    const headers = { "CF-Connecting-IP": "198.51.100.7" };
    const response = await app.request("/v1/models", { headers }, { ...env, ADDRESS_LIMIT });
    expect(response.status).toBe(200);
    expect(lines[0]).toMatchObject({ limiter: "limiter is down" });
  });

  test("the real binding answers", async () => {
    const { app } = testApp({ models: [model] });
    const headers = { "CF-Connecting-IP": "198.51.100.7" };
    expect(env.ADDRESS_LIMIT).toBeDefined();
    expect((await app.request("/v1/models", { headers }, env)).status).toBe(200);
  });
});

describe("other origins", () => {
  const preflight = {
    method: "OPTIONS",
    headers: { Origin: "https://app.example.com", "Access-Control-Request-Method": "POST" },
  };

  test("are told nothing by default", async () => {
    const { request } = start();
    const response = await request("/v1/models", { headers: { Origin: "https://app.example.com" } });
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("may call where they are named, without a key for the preflight", async () => {
    const { request } = start({ CORS_ORIGINS: "https://app.example.com, https://b.example" });
    const response = await request("/v1/classify", preflight);
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
    const other = { ...preflight, headers: { ...preflight.headers, Origin: "https://evil.example" } };
    expect((await request("/v1/classify", other)).headers.has("access-control-allow-origin")).toBe(false);
    const refused = await request("/v1/classify", {
      ...post,
      headers: { Origin: "https://app.example.com" },
    });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
  });
});
