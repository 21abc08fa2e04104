import { describe, expect, test } from "vitest";
import { readModel } from "../../../src/runtime/onnx/read.ts";
import { ImportError } from "../../../tools/nhwc/errors.ts";
import { importTfjs } from "../../../tools/tfjs/import.ts";
import type { GraphModel, GraphNode } from "./support.ts";
import { attribute, floats, importModel, int, ints, placeholder } from "./support.ts";

const x = placeholder("x", [1, 4, 4, 3]);

/** A graph on `x` whose output is `y`. */
function graph(nodes: readonly GraphNode[], weights: GraphModel["weights"] = {}): GraphModel {
  return { nodes: [x, ...nodes], weights, outputs: ["y"] };
}

describe("what is not supported is named, with its node", () => {
  const topK = graph([{ name: "y", op: "TopKV2", input: ["x", "k"] }], { k: int(5) });

  test("an operator", async () => {
    const error = await importModel(topK).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ImportError);
    expect(error).toMatchObject({ kind: "unsupported_operator", operator: "TopKV2", node: "y" });
    expect(String(error)).toMatch(
      /^ImportError: TopKV2 "y": this operator is not supported\. Cut the network/,
    );
  });

  test("names of JavaScript's own are no operators", async () => {
    for (const op of ["constructor", "__proto__", "toString"]) {
      await expect(importModel(graph([{ name: "y", op, input: ["x"] }]))).rejects.toMatchObject({
        kind: "unsupported_operator",
        operator: op,
      });
    }
  });

  test("but what stands behind the cut is not looked at", async () => {
    const model = { ...topK, nodes: [...topK.nodes, { name: "relu", op: "Relu", input: ["x"] }] };
    const { outputs } = await importModel(model, { outputs: { relu: "positive" } });
    expect(outputs).toEqual([{ name: "positive", dims: [1, 3, 4, 4] }]);
  });

  test.each<[string, GraphModel, RegExp]>([
    [
      "channels first",
      graph(
        [{ name: "y", op: "BiasAdd", input: ["x", "b"], attr: { data_format: attribute.text("NCHW") } }],
        {
          b: floats([3], [1, 2, 3]),
        },
      ),
      /BiasAdd "y": data_format NCHW: only NHWC is supported/,
    ],
    [
      "weights that are computed",
      graph([
        { name: "w", op: "Relu", input: ["x"] },
        { name: "y", op: "Conv2D", input: ["x", "w"] },
      ]),
      /Conv2D "y": its filter depends on the network's input/,
    ],
    [
      "a fused operator",
      graph(
        [
          {
            name: "y",
            op: "_FusedConv2D",
            input: ["x", "w"],
            attr: { fused_ops: attribute.texts("Gelu"), strides: attribute.ints(1, 1, 1, 1) },
          },
        ],
        { w: floats([1, 1, 3, 1], [1, 2, 3]) },
      ),
      /the fused operator Gelu is not supported/,
    ],
    [
      "a cast of a value to integers",
      graph([{ name: "y", op: "Cast", input: ["x"], attr: { DstT: attribute.type("DT_INT32") } }]),
      /Cast "y": only constants can be cast to DT_INT32/,
    ],
    [
      "a mirrored axis",
      graph(
        [
          {
            name: "y",
            op: "StridedSlice",
            input: ["x", "from", "to", "step"],
            attr: { end_mask: attribute.int(1), begin_mask: attribute.int(1) },
          },
        ],
        { from: ints(0), to: ints(0), step: ints(-1) },
      ),
      /StridedSlice "y": (a negative stride|takes)/,
    ],
  ])("%s", async (_, model, message) => {
    await expect(importModel(model)).rejects.toThrow(message);
  });
});

describe("what contradicts itself is refused", () => {
  test.each<[string, GraphModel, RegExp]>([
    [
      "a node that depends on itself",
      graph([
        { name: "a", op: "AddV2", input: ["x", "y"] },
        { name: "y", op: "Relu", input: ["a"] },
      ]),
      /depends on itself/,
    ],
    [
      "a missing input",
      graph([{ name: "y", op: "Relu", input: ["nowhere"] }]),
      /y reads "nowhere", which is not there/,
    ],
    [
      "a missing output of a node",
      graph([{ name: "y", op: "Relu", input: ["x:3"] }]),
      /reads "x:3", which is not there/,
    ],
    ["no inputs at all", graph([{ name: "y", op: "AddV2" }]), /its first operand is missing/],
    [
      "a constant without weights",
      graph([
        { name: "y", op: "AddV2", input: ["x", "c"] },
        { name: "c", op: "Const" },
      ]),
      /the weights manifest does not have it/,
    ],
    [
      "shapes that clash",
      graph([{ name: "y", op: "AddV2", input: ["x", "c"] }], { c: floats([2], [1, 2]) }),
      /AddV2 "y": \[1, 4, 4, 3\] and \[2\] do not fit together/,
    ],
    [
      "an attribute of another type",
      graph([{ name: "y", op: "LeakyRelu", input: ["x"], attr: { alpha: { f: "much" } } }]),
      /LeakyRelu "y": its attribute alpha is/,
    ],
    [
      "a filter that does not fit the channels",
      graph(
        [
          {
            name: "y",
            op: "Conv2D",
            input: ["x", "w"],
            attr: { strides: attribute.ints(1, 1, 1, 1), padding: attribute.text("SAME") },
          },
        ],
        { w: floats([1, 1, 2, 1], [1, 2]) },
      ),
      /do not fit 3 channels/,
    ],
  ])("%s", async (_, model, message) => {
    const error = await importModel(model).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ImportError);
    expect(error).toMatchObject({ kind: "malformed" });
    expect(String(error)).toMatch(message);
  });

  test.each([
    ["no JSON", "{"],
    ["no graph", JSON.stringify({ format: "graph-model" })],
    [
      "a layers model",
      JSON.stringify({
        format: "layers-model",
        modelTopology: { node: [{ name: "x", op: "y" }] },
        weightsManifest: [],
      }),
    ],
    ["brackets without end", "[".repeat(100_000)],
  ])("%s", async (_, text) => {
    const source = {
      modelJson: new TextEncoder().encode(text),
      readShard: () => Promise.reject(new Error()),
    };
    const imported = importTfjs(source, { name: "test", weightsLocation: "test.data" });
    await expect(imported).rejects.toBeInstanceOf(ImportError);
  });
});

describe("inputs and outputs", () => {
  const relu: GraphNode = { name: "y", op: "Relu", input: ["x"] };

  test("open height and width are asked for", async () => {
    const model = { nodes: [placeholder("x", [-1, -1, -1, 3]), relu], weights: {} };
    await expect(importModel(model)).rejects.toMatchObject({ kind: "options" });
    const { inputs } = await importModel(model, { inputSize: { height: 5, width: 7 } });
    expect(inputs).toEqual([{ name: "input", dims: [1, 3, 5, 7] }]);
  });

  test("are named as asked, or as in the source", async () => {
    const sum: GraphNode = { name: "y", op: "AddV2", input: ["x", "z"] };
    const model = { nodes: [x, placeholder("z", [1, 4, 4, 3]), sum], weights: {} };
    const { inputs, outputs } = await importModel(model, { inputs: { z: "other" } });
    expect(inputs.map(({ name }) => name)).toEqual(["x", "other"]);
    expect(outputs.map(({ name }) => name)).toEqual(["y"]);
  });

  test("names that are taken inside the graph give way there", async () => {
    const nodes = [
      { name: "input", op: "Relu", input: ["x"] },
      { name: "out", op: "Neg", input: ["input"] },
      { name: "y", op: "AddV2", input: ["out", "c"] },
      { name: "y.constant", op: "Relu", input: ["y"] },
    ];
    const model = { nodes: [x, ...nodes], weights: { c: floats([3], [1, 2, 3]) } };
    const imported = await importModel(model, { outputs: { "y.constant": "out" } });
    const { nodes: made } = readModel(imported.graph);
    expect(new Set(made.flatMap(({ outputs }) => outputs)).size).toBe(made.length);
    expect(made.at(-1)?.outputs).toEqual(["out"]);
  });

  test("an output that does not exist, or is given a name that cannot be, is refused", async () => {
    for (const outputs of [{ nowhere: "a" }, { y: "constant_1" }, { y: "" }, { x: "same", y: "same" }]) {
      await expect(importModel(graph([relu]), { outputs })).rejects.toMatchObject({ kind: "options" });
    }
  });
});
