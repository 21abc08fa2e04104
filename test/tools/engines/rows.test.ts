/** Pictures that are made by rows, against the same floats as a whole. */
import { describe, expect, test } from "vitest";
import type { Engine, RowTensor, Tensor } from "../../../src/runtime/engines/engine.ts";
import { compile } from "../../../src/runtime/engines/kernels/compile.ts";
import { createGraph, type GraphBuilder } from "../../../tools/onnx/builder.ts";
import { integerWeights, quantized } from "./quantized-builder.ts";
import { noiseFrom } from "./random-graphs.ts";
import { sourceOf, startKernels, startOnnxRuntime } from "./support.ts";

const [HEIGHT, WIDTH] = [37, 53];
const RANGE = { scale: Math.fround(0.02), zero: 120, signed: false };
const DIMS = ["batch", 5, "height", "width"];

/** Networks whose first layer reads the input in each way that there is. */
const FIRST: Record<string, (g: GraphBuilder, value: string) => string> = {
  stem: (g, value) => {
    const noise = noiseFrom(3);
    const inputs = [value, g.weight("w", [5, 3, 3, 3], noise(135)), g.weight("b", [5], noise(5))];
    return g.node("Conv", inputs, { strides: [2, 2], pads: [1, 1, 1, 1] });
  },
  "stem int8": (g, value) => {
    const x = quantized(g, { value, channels: 3, height: HEIGHT, width: WIDTH }, RANGE);
    const options = {
      dims: [5, 3, 3, 3],
      axis: 0,
      fan: 27,
      perTensor: false,
      bias: true,
      limit: 63,
    } as const;
    const sums = g.node("Conv", integerWeights(g, x, noiseFrom(5), options), {
      strides: [2, 2],
      pads: [1, 1, 1, 1],
    });
    return quantized(g, { ...x, value: sums, channels: 5 }, RANGE).value;
  },
  input: (g, value) => g.node("Sigmoid", [value]),
};

function networkOf(first: string) {
  const g = createGraph("rows");
  const dims = first === "input" ? DIMS.with(1, 3) : DIMS;
  g.output("out", FIRST[first](g, g.input("input", ["batch", 3, "height", "width"])), dims);
  return g.build({ weightsLocation: "rows.data" });
}

const floats = Float32Array.from(noiseFrom(11)(3 * HEIGHT * WIDTH), (value) => 2.5 * value);
const whole: Tensor = {
  dims: [1, 3, HEIGHT, WIDTH],
  data: floats.map((_, i) => floats[(i % (HEIGHT * WIDTH)) * 3 + Math.floor(i / (HEIGHT * WIDTH))]),
};
const rows: RowTensor = {
  height: HEIGHT,
  width: WIDTH,
  row: (y, into) => {
    expect(into.length).toBe(3 * WIDTH);
    into.set(floats.subarray(3 * WIDTH * y, 3 * WIDTH * (y + 1)));
  },
};

const engines: [string, () => Promise<Engine>][] = [
  ["kernels", () => startKernels()],
  ["kernels without relaxed SIMD", () => startKernels({}, "simd")],
  ["onnxruntime", startOnnxRuntime],
];

describe.each(engines)("%s", (name, start) => {
  test.each(Object.keys(FIRST))(
    "a network that begins with %s gives what it gives of floats",
    async (first) => {
      const model = networkOf(first);
      if (name === "kernels") {
        const [{ kind, bytes } = { kind: "" }] = compile(model.graph).network.layers;
        expect(bytes ? `${kind} int8` : kind).toBe(first);
      }
      const session = await (await start()).open(sourceOf(model));
      const expected = await session.run({ input: whole });
      expect(await session.run({ input: rows })).toEqual(expected);
      expect(expected.out.data.some((value) => value !== expected.out.data[0])).toBe(true);
      await session.close();
    },
  );
});

test("a picture of another size than the network's is refused", async () => {
  const g = createGraph("fixed");
  g.output("out", g.node("Sigmoid", [g.input("input", [1, 3, 8, 8])]), [1, 3, 8, 8]);
  const model = g.build({ weightsLocation: "fixed.data" });
  for (const [, start] of engines) {
    const session = await (await start()).open(sourceOf(model));
    await expect(session.run({ input: rows })).rejects.toMatchObject({ kind: "bad_input" });
    await session.close();
  }
});
