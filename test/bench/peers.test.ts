import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toTflite } from "../../bench/peers/tflite.ts";
import { readModel } from "../../src/runtime/onnx/read.ts";
import { importTflite } from "../../tools/tflite/import.ts";
import { writeTflite } from "../../tools/tflite/write.ts";
import { madeInput, sourceOf, startOnnxRuntime } from "../tools/engines/support.ts";

const NAME = "mobilenet_v3_large_075_tiny_imagenet.fp32.onnx";
const SIDE = 128;
const read = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../models/embedded/${name}`, import.meta.url)));

describe("the TensorFlow Lite file that LiteRT.js is given", () => {
  it("is the same network", async () => {
    const graph = read(NAME);
    const weights = read(`${NAME}.data`);
    const original = { graph, weights, weightsLocation: `${NAME}.data` };
    const file = writeTflite(toTflite(readModel(graph), weights, [SIDE, SIDE]));
    const back = importTflite(file, { name: NAME, weightsLocation: original.weightsLocation });

    const engine = await startOnnxRuntime();
    const image = madeInput([1, 3, SIDE, SIDE]);
    const outputs = [];
    for (const model of [original, { ...back, weightsLocation: original.weightsLocation }]) {
      const session = await engine.open(sourceOf(model));
      const [input] = session.inputs;
      const [output] = Object.values(await session.run({ [input.name]: image }));
      outputs.push(output.data);
      await session.close();
    }
    const [expected, actual] = outputs;
    const largest = Math.max(...expected.map(Math.abs));
    expect(actual.length).toBe(expected.length);
    expect(Math.max(...expected.map((value, at) => Math.abs(value - actual[at]))) / largest).toBeLessThan(
      1e-5,
    );
  });
});
