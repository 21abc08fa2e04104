import { describe, expect, test } from "vitest";
import type { Manifest } from "../../../../src/runtime/manifest.ts";
import { defaultModel, findModel, selectModel } from "../../../../src/runtime/registry/select.ts";
import { storedColorModel } from "../../support/color-model.ts";
import { manifestOf } from "../../support/stored-model.ts";

const known: Manifest["known"] = {
  mobilenet_v3_large: { task: "classification", install: "npm run models -- install mobilenet_v3_large" },
};
const small = await storedColorModel("mobilenet_v3_small", { verification: "unverified" });
const tiny = await storedColorModel("mobilenet_v3_large_075_tiny_imagenet", { verification: "embedded" });
const mine = await storedColorModel("mine");
const task = "classification";

describe("the default", () => {
  test("is the best of the list that is verified or embedded", () => {
    expect(defaultModel(manifestOf([small, tiny, mine]), task)).toBe(tiny.name);
    const verified = { ...small, entry: { ...small.entry, verification: "verified" as const } };
    expect(defaultModel(manifestOf([verified, tiny]), task)).toBe(small.name);
  });

  test("is none where there is none, and the error says how to install", () => {
    expect(() => selectModel(manifestOf([mine], known), { task })).toThrow(/npm run models -- install/);
    expect(() => selectModel(manifestOf([tiny]), { task: "detection" })).toThrow(/No model for detection/);
  });
});

test("a model is found by name, its default variant first", () => {
  const manifest = manifestOf([tiny, mine]);
  expect(selectModel(manifest, { task, model: "mine" })).toMatchObject({ name: "mine", variant: "fp32" });
  expect(selectModel(manifest, { task, model: "mine", variant: "fp32" }).stored).toBe(
    mine.entry.variants.fp32,
  );
});

test.each([
  [{ model: "yours" }, "unknown_model", ["mine", "mobilenet_v3_large"]],
  [{ model: "constructor" }, "unknown_model", ["mine", "mobilenet_v3_large"]],
  [{ model: "mobilenet_v3_large" }, "not_installed", ["mine"]],
  [{ model: "mine", variant: "int8" }, "unknown_variant", ["fp32"]],
  [{ model: "mine", variant: "toString" }, "unknown_variant", ["fp32"]],
])("%j is %s", (request, kind, choices) => {
  const manifest = manifestOf([mine], known);
  expect(() => selectModel(manifest, { task, ...request })).toThrow(
    expect.objectContaining({ kind, choices }),
  );
});

test("a model for another task is refused, with those for this one", () => {
  const manifest = manifestOf([mine], known);
  expect(() => selectModel(manifest, { task: "detection", model: "mine" })).toThrow(
    expect.objectContaining({ kind: "wrong_task", choices: [] }),
  );
});

test("what is known but not installed names the command that installs it", () => {
  expect(() => findModel(manifestOf([mine], known), "mobilenet_v3_large")).toThrow(
    "npm run models -- install mobilenet_v3_large",
  );
});
