/**
 * One suite for both engines: every network, against its original's numbers and each engine against the other; what engines refuse.
 * (Masks and boxes of whole photos: test/tools/golden.)
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine, EngineName, Session } from "../../../src/runtime/engines/engine.ts";
import { EngineError } from "../../../src/runtime/engines/engine.ts";
import { checkingProbe, checkPlan } from "../../../src/runtime/engines/kernels/check.ts";
import { compile, planFor } from "../../../src/runtime/engines/kernels/compile.ts";
import { IMPORTED_MODELS, type Model, REFERENCE_MODELS } from "./models.ts";
import {
  compareOutputs,
  type Graphs,
  hasShared,
  madeInput,
  needsShared,
  sourceOf,
  startKernels,
  startOnnxRuntime,
} from "./support.ts";

/** Between engines, of the largest magnitude. */
const BETWEEN_ENGINES = 1e-4;

/** WebAssembly memory grows by pages. */
const PAGE = 65_536;

let engines: Readonly<Record<EngineName, Engine>>;
beforeAll(async () => {
  engines = { kernels: await startKernels(), onnxruntime: await startOnnxRuntime() };
});

function suite(model: Model): void {
  let graphs: Graphs;
  beforeAll(async () => {
    graphs = await model.graphs();
  });

  const open = (engine: Engine, role: string) => engine.open(sourceOf(graphs[role]));
  const close = (sessions: readonly Session[]) => Promise.all(sessions.map((session) => session.close()));

  const { golden } = model;
  test.runIf(golden && hasShared).each(["kernels", "onnxruntime"] as const)(
    `%s gives the original's numbers${needsShared}`,
    async (name) => {
      if (!golden) return;
      const session = await open(engines[name], golden.role);
      const error = golden.error(await session.run(golden.inputs()));
      await session.close();
      expect(error).toBeLessThan(golden.tolerance);
    },
  );

  test("both engines give the same", async () => {
    for (const [role, all] of Object.entries(model.inputs)) {
      const [ours, theirs] = [await open(engines.kernels, role), await open(engines.onnxruntime, role)];
      for (const inputs of all) {
        const expected = await theirs.run(inputs);
        expect(compareOutputs(await ours.run(inputs), expected), role).toBeLessThan(BETWEEN_ENGINES);
      }
      await close([ours, theirs]);
    }
  });

  test("a run takes the memory that was told", async () => {
    for (const [role, [inputs]] of Object.entries(model.inputs)) {
      const engine = await startKernels();
      const session = await open(engine, role);
      const before = engine.memory().wasm;
      const [input] = Object.values(inputs ?? {});
      if (!input || !("dims" in input)) throw new Error("no tensor to run");
      const [, , height = 1, width = 1] = input.dims;
      const told = session.runBytes?.({ height, width }) ?? 0;
      const outputs = Object.values(await session.run(inputs));
      const given = outputs.reduce((sum, { data }) => sum + data.byteLength, 0);
      expect(engine.memory().wasm - before + given, role).toBeLessThanOrEqual(told + PAGE);
      expect(told, role).toBeGreaterThan(given);
      await session.close();
    }
  });

  test("no call leaves its memory", async () => {
    const checked = await startKernels({ probe: checkingProbe() });
    for (const [role, [inputs]] of Object.entries(model.inputs)) {
      const [plain, careful] = [await open(engines.kernels, role), await open(checked, role)];
      const expected = await plain.run(inputs);
      // Checking changes nothing: not one bit.
      expect(compareOutputs(await careful.run(inputs), expected)).toBe(0);
      await close([plain, careful]);
    }
  });

  test.runIf(model.largest)("no plan of the largest inputs leaves its memory", () => {
    for (const [role, all] of Object.entries(model.largest ?? {})) {
      const program = compile(graphs[role].graph);
      const [{ name }] = program.graph.inputs;
      for (const dims of all) checkPlan(planFor(program, new Map([[name, dims]])));
    }
  });

  test("the build without relaxed SIMD gives the same", async () => {
    const plain = await startKernels({}, "simd");
    for (const [role, [inputs]] of Object.entries(model.inputs)) {
      const [relaxed, simd] = [await open(engines.kernels, role), await open(plain, role)];
      const expected = await relaxed.run(inputs);
      expect(compareOutputs(await simd.run(inputs), expected)).toBeLessThan(BETWEEN_ENGINES);
      await close([relaxed, simd]);
    }
  });
}

describe.skipIf(!hasShared).each(REFERENCE_MODELS.map((model) => [model.name, model] as const))(
  `%s${needsShared}`,
  (_, model) => suite(model),
);

describe.each(IMPORTED_MODELS.map((model) => [model.name, model] as const))("%s", (_, model) => suite(model));

describe.skipIf(!hasShared).each(["kernels", "onnxruntime"] as const)(`%s refuses${needsShared}`, (name) => {
  let session: Session;
  beforeAll(async () => {
    const { model } = await (REFERENCE_MODELS.find((one) => one.name.endsWith("w050_c10")) as Model).graphs();
    session = await engines[name].open(sourceOf(model));
  });
  afterAll(() => session.close());

  test.each([
    ["no input", {}],
    ["another name", { picture: madeInput([1, 3, 32, 32]) }],
    ["other channels", { input: madeInput([1, 4, 32, 32]) }],
    ["another rank", { input: madeInput([3, 32, 32]) }],
    ["data that are too short", { input: { dims: [1, 3, 32, 32], data: new Float32Array(7) } }],
  ])("%s", async (_, inputs) => {
    const error = await session.run(inputs).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EngineError);
    expect((error as EngineError).kind).toBe("bad_input");
  });
});
