/** Graphs that our own engine leaves to another. */
import { describe, expect, test } from "vitest";
import { EngineError } from "../../../src/runtime/engines/engine.ts";
import { createGraph, type GraphBuilder } from "../../../tools/onnx/builder.ts";
import { compareOutputs, madeInput, sourceOf, startKernels, startOnnxRuntime } from "./support.ts";

/** `relu(input)`, and an output that is the same in every run. */
function graphWith(constant: (g: GraphBuilder) => string) {
  const g = createGraph("constant");
  g.output("out", g.node("Relu", [g.input("input", ["batch", 3])]), ["batch", 3]);
  g.output("anchors", constant(g), [2, 3]);
  return g.build({ weightsLocation: "constant.data" });
}

const values = Float32Array.of(1, 2, 3, 4, 5, 6);
const input = { input: madeInput([4, 3]) };

describe.each([
  ["a weight", (g: GraphBuilder) => g.weight("w", [2, 3], values)],
  ["a constant", (g: GraphBuilder) => g.constant(values, [2, 3])],
  ["computed from constants", (g: GraphBuilder) => g.node("Identity", [g.weight("w", [2, 3], values)])],
] as const)("an output that is %s", (_, constant) => {
  test("is refused by name, and onnxruntime gives it", async () => {
    const source = () => sourceOf(graphWith(constant));
    const refusal = await (await startKernels()).open(source()).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(EngineError);
    expect(refusal).toMatchObject({
      kind: "unsupported_graph",
      message: 'output "anchors" does not depend on the input',
    });
    const session = await (await startOnnxRuntime()).open(source());
    const expected = { anchors: { dims: [2, 3], data: values } };
    expect(compareOutputs(await session.run(input), expected)).toBe(0);
  });
});
