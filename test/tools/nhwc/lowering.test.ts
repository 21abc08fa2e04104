import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readModel } from "../../../src/runtime/onnx/read.ts";
import type { NodeSpec } from "../../../tools/nhwc/builder.ts";
import { lower } from "../../../tools/nhwc/lower/index.ts";
import { CASES } from "./cases.ts";
import { build, constant, expectLowering, numbers, single } from "./support.ts";

describe("the ONNX graph of a node computes what the node says", () => {
  test.each(CASES)("%s", async (_, cases) => {
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(), async ({ shape, spec }, s) => {
        await expectLowering(single(shape, spec), numbers(shape, s));
      }),
      { numRuns: 60 },
    );
  });
});

test("values of fewer or more dimensions than a picture meet it in the source's order", async () => {
  const where = (node: string) => ({ operator: "test", node });
  const network = build([1, 2, 3, 4], (b) => {
    const add = (spec: NodeSpec, name: string) => b.add(spec, where(name));
    const row = add({ op: "reduce", fn: "mean", input: "x", axes: [0, 1], keepDims: false }, "row");
    const less = add({ op: "binary", fn: "add", a: "x", b: row }, "less");
    const five = add({ op: "reshape", input: "x", shape: [1, 1, 2, 3, 4] }, "five");
    const more = add({ op: "binary", fn: "mul", a: five, b: "x" }, "more");
    const mixed = add({ op: "reduce", fn: "sum", input: more, axes: [0], keepDims: false }, "mixed");
    return [less, more, mixed];
  });
  await expectLowering(network, numbers([1, 2, 3, 4], 1));
});

test("a network of pictures has no transposition", async () => {
  const where = (node: string) => ({ operator: "test", node });
  const network = build([1, 8, 8, 3], (b) => {
    const conv = b.add(
      {
        op: "conv",
        input: "x",
        weights: constant([4, 3, 3, 3], 1),
        bias: undefined,
        strides: [2, 2],
        dilations: [1, 1],
        pads: [0, 0, 1, 1],
        groups: 1,
      },
      where("conv"),
    );
    const gate = b.add(
      { op: "reduce", fn: "mean", input: conv, axes: [1, 2], keepDims: true },
      where("pool"),
    );
    const scaled = b.add({ op: "binary", fn: "mul", a: conv, b: gate }, where("mul"));
    const logits = b.add(
      { op: "reduce", fn: "mean", input: scaled, axes: [1, 2], keepDims: false },
      where("mean"),
    );
    return [b.add({ op: "softmax", input: logits, axis: 1 }, where("softmax"))];
  });
  const graph = readModel(lower(network, "test", { weightsLocation: "w" }).graph);
  expect(graph.nodes.map(({ op }) => op)).toEqual([
    "Conv",
    "GlobalAveragePool",
    "Mul",
    "GlobalAveragePool",
    "Flatten",
    "Softmax",
  ]);
});
