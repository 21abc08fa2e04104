import { expect, test } from "vitest";
import { parseConfig, VARIABLE_NAMES } from "../../src/config.ts";

test("everything has a default", () => {
  expect(parseConfig({})).toMatchObject({
    queueDepth: 256,
    memoryLimitBytes: 128 * 2 ** 20,
    allowEngineChoice: false,
  });
});

test("variables are taken by name, bindings passed over", () => {
  const config = parseConfig({ QUEUE_DEPTH: "3", ALLOW_ENGINE_CHOICE: "true", MODELS: {} });
  expect(config).toMatchObject({ queueDepth: 3, allowEngineChoice: true });
});

test.each([
  ["QUEUE_DEPTH", "many", /QUEUE_DEPTH: a whole number from 1 to 10000/],
  ["QUEUE_DEPTH", "0", /QUEUE_DEPTH/],
  ["MAX_IMAGES", "0", /MAX_IMAGES/],
  ["CACHE_SECONDS", "1h", /CACHE_SECONDS: a whole number from 0/],
  ["TIMINGS", "1", /TIMINGS.*"true"\|"false"/],
  ["MEMORY_LIMIT_BYTES", "-1", /MEMORY_LIMIT_BYTES: a whole number/],
  ["ALLOW_ENGINE_CHOICE", "yes", /ALLOW_ENGINE_CHOICE.*"true"\|"false"/],
  ["API_KEYS", "alice:secret-key", /API_KEYS: name=<SHA-256 of the key(?!.*secret-key)/],
  ["PUBLIC_READS", "maybe", /PUBLIC_READS/],
  ["CORS_ORIGINS", "example.com", /CORS_ORIGINS: origins such as/],
  ["QUEUE_BYTES", "10", /QUEUE_BYTES: less than MAX_IMAGE_BYTES/],
])("%s=%s stops with the variable's name", (name, value, message) => {
  expect(() => parseConfig({ [name]: value })).toThrow(message);
});

test("all that is wrong is named at once", () => {
  expect(() => parseConfig({ QUEUE_DEPTH: "x", MAX_IMAGE_SIDE: "y" })).toThrow(/MAX_IMAGE_SIDE.*QUEUE_DEPTH/);
});

test("variables are named as wrangler.toml and an environment spell them", () => {
  expect(VARIABLE_NAMES).toContain("MAX_IMAGE_BYTES");
  for (const name of VARIABLE_NAMES) expect(name).toMatch(/^[A-Z][A-Z_]*$/);
});
