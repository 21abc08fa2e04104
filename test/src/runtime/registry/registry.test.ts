import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createRegistry } from "../../../../src/runtime/registry/registry.ts";
import { type Selection, selectModel } from "../../../../src/runtime/registry/select.ts";
import { faultyBucket } from "../../support/bucket.ts";
import { storedColorModel } from "../../support/color-model.ts";
import { type FakeEngine, fakeEngine } from "../../support/fake-engine.ts";
import { manifestOf, seed } from "../../support/stored-model.ts";

const KIB = 1024;
const models = await Promise.all(
  ["a", "b", "c"].map((name, i) => storedColorModel(name, { seed: i + 1, extraBytes: 100 * KIB })),
);
const manifest = manifestOf(models);
const [a, b, c] = models.map(({ name }) => selectModel(manifest, { task: "classification", model: name }));

function registryOf(engines: FakeEngine[], budgetBytes = 250 * KIB) {
  return createRegistry({ engines, budgetBytes, storageTimeoutMs: 100 });
}

function location({ stored }: Selection): string {
  return stored.graphs.model.weights_location;
}

const load = { bucket: env.MODELS, since: Date.now() };

beforeEach(() => seed(env.MODELS, models));

test("a model is loaded once", async () => {
  const engine = fakeEngine("kernels");
  const registry = registryOf([engine]);
  const { bucket, reads } = faultyBucket();
  const first = await registry.load(a, { ...load, bucket });
  expect(await registry.load(a, { ...load, bucket })).toBe(first);
  expect(engine).toMatchObject({ starts: 1, opened: [location(a)] });
  expect(reads).toHaveLength(2);
  expect(new Set(reads)).toEqual(new Set(Object.keys(models[0].files)));
  expect(first).toMatchObject({ name: "a", variant: "fp32", engine: "kernels", sha256: a.stored.sha256 });
});

test("the least recently used are closed when the budget is full", async () => {
  const engine = fakeEngine("kernels");
  const registry = registryOf([engine]);
  await registry.load(a, load);
  await registry.load(b, load);
  await registry.load(a, load);
  await registry.load(c, load);
  expect(engine.closed).toEqual([location(b)]);
  expect([a, b, c].map((selection) => registry.isLoaded(selection))).toEqual([true, false, true]);
});

test("a model over the budget is loaded alone", async () => {
  const engine = fakeEngine("kernels");
  const registry = registryOf([engine], 10 * KIB);
  await registry.load(a, load);
  await registry.load(b, load);
  expect(engine.closed).toEqual([location(a)]);
  expect(registry.isLoaded(b)).toBe(true);
});

describe("engines", () => {
  test("the first that supports the graph runs it, and the refusal is remembered", async () => {
    const kernels = fakeEngine("kernels", [location(a)]);
    const onnxruntime = fakeEngine("onnxruntime");
    const registry = registryOf([kernels, onnxruntime]);
    const { bucket, reads } = faultyBucket();
    expect((await registry.load(a, { ...load, bucket })).engine).toBe("onnxruntime");
    expect((await registry.load(b, { ...load, bucket })).engine).toBe("kernels");
    expect((await registry.load(a, { ...load, bucket })).engine).toBe("onnxruntime");
    expect(reads).toHaveLength(4);
  });

  test("one that is asked for is taken", async () => {
    const registry = registryOf([fakeEngine("kernels"), fakeEngine("onnxruntime")]);
    expect((await registry.load(a, { ...load, engine: "onnxruntime" })).engine).toBe("onnxruntime");
    expect((await registry.load(a, load)).engine).toBe("kernels");
  });

  test("one that is not deployed is refused, with those that are", async () => {
    const registry = registryOf([fakeEngine("kernels")]);
    await expect(registry.load(a, { ...load, engine: "onnxruntime" })).rejects.toMatchObject({
      kind: "engine_unavailable",
      choices: ["kernels"],
    });
  });

  test("when none supports the graph, the reasons are given", async () => {
    const registry = registryOf([fakeEngine("kernels", [location(a)])]);
    for (let i = 0; i < 2; i++) {
      await expect(registry.load(a, load)).rejects.toMatchObject({
        kind: "unsupported_graph",
        message: expect.stringMatching(/kernels does not run/),
      });
    }
  });
});

describe("demand", () => {
  const weights = a.stored.graphs.model.weights.bytes;

  test("is the engine's memory, the model's and the run's; before it is open, what opening takes, too", async () => {
    const registry = registryOf([fakeEngine("kernels")]);
    expect(registry.demand(a, 50)).toEqual({ run: 1000 + weights + 50, load: 1000 + weights + 7 });
    await registry.load(a, load);
    expect(registry.demand(a, 50)).toEqual({ run: 1000 + weights + 50, load: 0 });
    expect(registry.demand(b, 50)).toEqual({ run: 1000 + 2 * weights + 50, load: 1000 + 2 * weights + 7 });
  });

  test("of an open model is the engine's own word; opening takes what its variant takes", async () => {
    const registry = registryOf([fakeEngine("kernels", [], undefined, 5)]);
    await registry.load(a, load);
    expect(registry.demand(a, 50).run).toBe(Math.max(1000 + weights, 1000 + 5 + 50));
    expect(registry.demand(a, 2 * weights).run).toBe(1000 + 5 + 2 * weights);
    expect(registry.demand({ ...b, variant: "int8" }, 0).load).toBe(1000 + 5 + weights + 9);
  });

  test("of a run is the engine's own word when the model is open", async () => {
    const registry = registryOf([fakeEngine("kernels", [], 85)]);
    const input = { width: 10, height: 5 };
    expect(registry.demand(a, input).run).toBe(1000 + weights + 50);
    await registry.load(a, load);
    expect(registry.demand(a, input).run).toBe(1000 + weights + 85 * 50);
    // How many pixels there are is not enough to know.
    expect(registry.demand(a, 50).run).toBe(1000 + weights + 50);
  });

  test("counts what other engines hold, and memory that was grown once", async () => {
    const registry = registryOf([fakeEngine("kernels"), fakeEngine("onnxruntime")], 150 * KIB);
    await registry.load(a, { ...load, engine: "onnxruntime" });
    await registry.load(b, load);
    expect(registry.isLoaded(a, "onnxruntime")).toBe(false);
    expect(registry.demand(c, 0, "onnxruntime").run).toBe(2 * 1000 + 2 * weights);
  });
});

describe("failures", () => {
  test("are shared by those who were waiting, and tried again by those who come later", async () => {
    const registry = registryOf([fakeEngine("kernels")]);
    const faulty = faultyBucket();
    faulty.faults = { error: new Error("down") };
    const since = Date.now();
    const waiting = { bucket: faulty.bucket, since };
    for (let i = 0; i < 3; i++) {
      await expect(registry.load(a, waiting)).rejects.toMatchObject({ kind: "storage_failure" });
    }
    // The first alone asked: for the graph and its weights, at once.
    expect(faulty.reads.toSorted()).toEqual(Object.keys(models[0].files).toSorted());
    faulty.faults = {};
    const later = { bucket: faulty.bucket, since: Date.now() + 1000 };
    expect((await registry.load(a, later)).name).toBe("a");
  });

  test("of a graph let go of the weights that were asked for", async () => {
    const [graphKey] = Object.keys(models[0].files);
    let released = 0;
    const bucket = {
      async get(key: string) {
        if (key === graphKey) throw new Error("down");
        const object = await env.MODELS.get(key);
        if (!object) return null;
        const body = new ReadableStream({ type: "bytes", cancel: () => void released++ });
        return Object.create(object, { body: { value: body } });
      },
    } as unknown as typeof env.MODELS;
    const registry = registryOf([fakeEngine("kernels")]);
    await expect(registry.load(a, { ...load, bucket })).rejects.toMatchObject({ kind: "storage_failure" });
    await vi.waitFor(() => expect(released).toBe(1));
  });

  test("corrupt weights are found while the engine reads them, and nothing is left open", async () => {
    const [, weightsKey] = Object.keys(models[0].files);
    const changed = models[0].files[weightsKey].slice();
    changed[5] ^= 1;
    await env.MODELS.put(weightsKey, changed);
    const registry = registryOf([fakeEngine("kernels")]);
    await expect(registry.load(a, load)).rejects.toMatchObject({ kind: "corrupt_model" });
    expect(registry.isLoaded(a)).toBe(false);
    await env.MODELS.put(weightsKey, models[0].files[weightsKey]);
    expect((await registry.load(a, { ...load, since: Date.now() + 1000 })).name).toBe("a");
  });
});
