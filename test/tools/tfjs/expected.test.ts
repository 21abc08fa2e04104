/** What TensorFlow.js computes, and what the imported network does. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { importTfjs } from "../../../tools/tfjs/import.ts";
import { channelsFirst, expectClose, numbers } from "../nhwc/support.ts";
import { runModel } from "../onnx/support.ts";
import expected from "./expected.json" with { type: "json" };
import { GRAPHS } from "./graphs.ts";
import { channelsLast, HUMAN_MODELS, humanFolder, humanInput, sample } from "./human.ts";
import { importModel } from "./support.ts";

const graphs: Record<string, { dims: number[]; values: number[] }> = expected.graphs;
const human: Record<string, Record<string, { dims: number[]; sample: number[] }>> = expected.human;

describe("small graphs", () => {
  test.each(Object.entries(GRAPHS))("%s", async (name, graph) => {
    const model = await importModel(graph);
    const input = channelsFirst({ dims: graph.shape, data: numbers(graph.shape, 0) });
    const { y } = await runModel(model, { input });
    const { dims, data } = channelsLast(y);
    expect(dims).toEqual(graphs[name].dims);
    expectClose(data, graphs[name].values, 1e-5);
  });
});

describe("networks of @vladmandic/human", () => {
  test.each(HUMAN_MODELS)("$name", async (network) => {
    const { name, shape, outputs } = network;
    const model = await importTfjs(
      {
        modelJson: await readFile(new URL(`${name}.json`, humanFolder)),
        readShard: (path) => readFile(new URL(path, humanFolder)),
      },
      {
        name,
        weightsLocation: "weights",
        outputs: Object.fromEntries(
          (outputs ?? Object.keys(human[name])).map((tensor) => [tensor, `out:${tensor}`]),
        ),
      },
    );
    const input = channelsFirst({ dims: shape, data: humanInput(network) });
    const results = await runModel(model, { input });
    for (const [tensor, wanted] of Object.entries(human[name])) {
      const { dims, data } = channelsLast(results[`out:${tensor}`]);
      expect(dims).toEqual(wanted.dims);
      expectClose(sample(data), wanted.sample, 1e-4);
    }
  });
});
