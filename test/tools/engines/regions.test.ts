/** Regions cut by our engine against those that the detection task cuts, through the same box head. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, EngineError, type Session, type Tensor } from "../../../src/runtime/engines/engine.ts";
import { assignLevels, featureLevels, roiAlign } from "../../../src/runtime/tasks/detection/roi-align.ts";
import { createGraph } from "../../../tools/onnx/builder.ts";
import { compareOutputs, madeInput, sourceOf, startKernels } from "./support.ts";

const CHANNELS = 6;
const CLASSES = 5;

/** A box head of two layers. */
function boxHead() {
  const g = createGraph("box_head");
  const inputs = CHANNELS * 49;
  const noise = (count: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898) / Math.sqrt(inputs));
  const flat = g.node("Flatten", [g.input("regions", ["n", CHANNELS, 7, 7])], { axis: 1 });
  const hidden = g.node("Relu", [
    g.node("Gemm", [flat, g.weight("w", [32, inputs], noise(32 * inputs)), g.weight("b", [32], noise(32))], {
      transB: 1,
    }),
  ]);
  g.output(
    "out",
    g.node("Gemm", [hidden, g.weight("v", [CLASSES, 32], noise(CLASSES * 32))], { transB: 1 }),
    ["n", CLASSES],
  );
  return g.build({ weightsLocation: "box_head.data" });
}

describe("regions of feature maps", () => {
  let engine: Engine;
  let session: Session;
  beforeAll(async () => {
    engine = await startKernels();
    session = await engine.open(sourceOf(boxHead()));
  });
  afterAll(() => session.close());

  const picture = { height: 256, width: 320 };
  const features: Tensor[] = [16, 32].map((stride) =>
    madeInput([1, CHANNELS, picture.height / stride, picture.width / stride], 31 + stride),
  );
  const levels = featureLevels(features, picture);

  const boxes = fc
    .array(
      fc.tuple(...[320, 256, 320, 256].map((side) => fc.float({ min: -20, max: side + 20, noNaN: true }))),
      {
        minLength: 1,
        maxLength: 200,
      },
    )
    .map((list) =>
      Float32Array.from(
        list.flatMap(([x, y, u, v]) => [Math.min(x, u), Math.min(y, v), Math.max(x, u), Math.max(y, v)]),
      ),
    );

  test("give what the task's own RoIAlign gives, in any number", async () => {
    await fc.assert(
      fc.asyncProperty(boxes, async (regions) => {
        const levelOf = assignLevels(levels, regions);
        const expected = await session.run({ regions: roiAlign(levels, regions, levelOf) });
        const actual = await session.run({ regions: { levels, regions, levelOf, size: 7, sampling: 2 } });
        expect(compareOutputs(actual, expected)).toBeLessThan(1e-5);
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ["a level that is not there", { levelOf: Uint8Array.of(2) }],
    ["fewer levels than regions", { levelOf: new Uint8Array(0) }],
    ["another number of channels", { levels: [{ feature: madeInput([1, 3, 16, 20]), scale: 1 / 16 }] }],
    ["no regions", { regions: new Float32Array(0), levelOf: new Uint8Array(0) }],
  ])("refuse %s", async (_, wrong) => {
    const right = {
      levels,
      regions: Float32Array.of(0, 0, 9, 9),
      levelOf: Uint8Array.of(0),
      size: 7,
      sampling: 2,
    };
    const error = await session.run({ regions: { ...right, ...wrong } }).catch((thrown: unknown) => thrown);
    expect((error as EngineError).kind).toBe("bad_input");
  });

  test("are refused by a network that does not begin with flattening", async () => {
    const g = createGraph("conv");
    const w = g.weight("w", [4, CHANNELS, 1, 1], new Float32Array(4 * CHANNELS));
    g.output("out", g.node("Conv", [g.node("Relu", [g.input("regions", ["n", CHANNELS, 7, 7])]), w]), [
      "n",
      4,
      7,
      7,
    ]);
    const other = await engine.open(sourceOf(g.build({ weightsLocation: "conv.data" })));
    const value = {
      levels,
      regions: Float32Array.of(0, 0, 9, 9),
      levelOf: Uint8Array.of(0),
      size: 7,
      sampling: 2,
    };
    const error = await other.run({ regions: value }).catch((thrown: unknown) => thrown);
    await other.close();
    expect(error).toBeInstanceOf(EngineError);
  });
});
