/** What LiteRT computes, and what the imported file does. */
import { describe, expect, test } from "vitest";
import { importTflite } from "../../../tools/tflite/import.ts";
import { writeTflite } from "../../../tools/tflite/write.ts";
import { channelsFirst, expectClose } from "../nhwc/support.ts";
import { runModel } from "../onnx/support.ts";
import { channelsLast } from "../tfjs/human.ts";
import expected from "./expected.json" with { type: "json" };
import { GRAPHS, inputOf, TOLERANCES } from "./graphs.ts";

const outputs: Record<string, { dims: number[]; values: number[] }> = expected;

describe("small files", () => {
  test.each(Object.entries(GRAPHS))("%s", async (name, file) => {
    const model = importTflite(writeTflite(file), { name: "test", weightsLocation: "test.data" });
    const { y } = await runModel(model, { input: channelsFirst(inputOf(file)) });
    const { dims, data } = channelsLast(y);
    expect(dims).toEqual(outputs[name].dims);
    expectClose(data, outputs[name].values, TOLERANCES[name] ?? 1e-5);
  });
});
