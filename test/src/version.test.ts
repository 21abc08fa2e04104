import { expect, test } from "vitest";
import packageJson from "../../package.json";
import { VERSION } from "../../src/version.ts";

test("the version is package.json's", () => {
  expect(VERSION).toBe(packageJson.version);
});
