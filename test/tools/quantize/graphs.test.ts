/** Random networks through the quantizer: onnxruntime runs what comes out, and it is near what went in. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readModel } from "../../../src/runtime/onnx/read.ts";
import { createGraph } from "../../../tools/onnx/builder.ts";
import { equalizable, equalize } from "../../../tools/quantize/equalize.ts";
import { readNetwork } from "../../../tools/quantize/network.ts";
import { openObserved } from "../../../tools/quantize/observe.ts";
import { quantizeGraph } from "../../../tools/quantize/quantize-graph.ts";
import { activateBeforeConcat } from "../../../tools/quantize/reorder.ts";
import { noiseFrom, randomGraphs } from "../engines/random-graphs.ts";
import { compareOutputs, madeInput } from "../engines/support.ts";
import { observeGraph, runGraph, runNetwork } from "./support.ts";

const NOTHING = { exact: [], wide: [] };

describe("random networks", () => {
  test("run in onnxruntime as int8, near their fp32; the same bytes twice", async () => {
    await fc.assert(
      fc.asyncProperty(randomGraphs, async ({ model, dims }) => {
        const input = { [readModel(model.graph).inputs[0].name]: madeInput(dims) };
        const observed = await observeGraph(model, [input]);
        const int8 = quantizeGraph(observed, NOTHING, "int8.onnx.data");
        const again = quantizeGraph(observed, NOTHING, "int8.onnx.data");
        expect(again).toEqual(int8);
        const difference = compareOutputs(await runGraph(int8, input), await runGraph(model, input));
        expect(difference).toBeLessThan(0.5);
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  test("nothing is rounded twice, and every layer takes bytes", async () => {
    await fc.assert(
      fc.asyncProperty(randomGraphs, async ({ model, dims }) => {
        const input = { [readModel(model.graph).inputs[0].name]: madeInput(dims) };
        const int8 = quantizeGraph(await observeGraph(model, [input]), NOTHING, "int8.onnx.data");
        const { nodes } = readModel(int8.graph);
        const producer = new Map(
          nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
        );
        for (const { op, inputs } of nodes) {
          if (op === "QuantizeLinear") expect(producer.get(inputs[0])?.op).not.toBe("DequantizeLinear");
          if (op === "Conv") {
            for (const value of inputs.filter((one) => one !== "")) {
              expect(producer.get(value)?.op).toBe("DequantizeLinear");
            }
          }
        }
      }),
      { numRuns: 15 },
    );
  }, 120_000);
});

/** Pointwise, ReLU, depthwise; channels whose ranges differ by a thousand. */
function uneven() {
  const noise = noiseFrom(5);
  const g = createGraph("uneven");
  const x = g.input("x", [1, 4, 9, 9]);
  const factors = Array.from({ length: 16 }, (_, c) => 10 ** -(c % 4));
  const weight = noise(16 * 4).map((w, at) => w * factors[Math.floor(at / 4)]);
  const bias = noise(16).map((b, c) => b * factors[c]);
  const a = g.node(
    "Conv",
    [x, g.weight("a.weight", [16, 4, 1, 1], weight), g.weight("a.bias", [16], bias)],
    {},
    "a",
  );
  const relu = g.node("Relu", [a], {}, "relu");
  const own = noise(16 * 9).map((w, at) => w / factors[Math.floor(at / 9)]);
  const b = g.node(
    "Conv",
    [relu, g.weight("b.weight", [16, 1, 3, 3], own)],
    { group: 16, kernel_shape: [3, 3] },
    "b",
  );
  g.output("y", b, [1, 16, 7, 7]);
  return g.build({ weightsLocation: "uneven.onnx.data" });
}

describe("equalization", () => {
  test("keeps what the network computes, and makes its int8 better", async () => {
    const model = uneven();
    const input = { x: madeInput([1, 4, 9, 9]) };
    const network = readNetwork(model);
    const reaches = new Map();
    const session = await openObserved(network, equalizable(network), reaches);
    await session.run(input);
    await session.close();
    expect([...reaches.keys()]).toEqual(["relu"]);
    equalize(network, reaches);
    const expected = await runGraph(model, input);
    expect(compareOutputs(await runNetwork(network, input), expected)).toBeLessThan(1e-5);
    const { observations } = await observeGraph(model, [input]);
    const plain = quantizeGraph({ network: readNetwork(model), observations }, NOTHING, "plain.onnx.data");
    const own = new Map();
    const again = await openObserved(network, ["x", "relu"], own);
    await again.run(input);
    await again.close();
    const equalized = quantizeGraph({ network, observations: own }, NOTHING, "equalized.onnx.data");
    const errorOf = async (files: typeof plain) => compareOutputs(await runGraph(files, input), expected);
    expect(await errorOf(equalized)).toBeLessThan((await errorOf(plain)) / 3);
  });
});

describe("an activation behind a concatenation", () => {
  test("comes before it, and nothing changes", async () => {
    const g = createGraph("concat");
    const x = g.input("x", [1, 4, 5, 5]);
    const a = g.node("Conv", [x, g.weight("a.weight", [8, 4, 1, 1], noiseFrom(1)(32))], {}, "a");
    const joined = g.node("Concat", [a, x], { axis: 1 }, "joined");
    const relu = g.node("Relu", [joined], {}, "relu");
    const c = g.node("Conv", [relu, g.weight("c.weight", [3, 12, 1, 1], noiseFrom(2)(36))], {}, "c");
    g.output("y", c, [1, 3, 5, 5]);
    const model = g.build({ weightsLocation: "concat.onnx.data" });
    const moved = activateBeforeConcat(readNetwork(model));
    expect(moved.nodes.map(({ opType }) => opType)).toEqual(["Conv", "Relu", "Relu", "Concat", "Conv"]);
    const input = { x: madeInput([1, 4, 5, 5]) };
    expect(compareOutputs(await runNetwork(moved, input), await runGraph(model, input))).toBeLessThan(1e-6);
  });
});
