import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode } from "../../../src/codecs/index.ts";
import { readModel } from "../../../src/runtime/onnx/read.ts";
import { elementCount } from "../../../tools/nhwc/graph.ts";
import { importTflite } from "../../../tools/tflite/import.ts";
import { hasShared, needsShared, openSession, readGolden, readShared } from "../golden/shared.ts";
import { channelsFirst } from "../nhwc/support.ts";
import { pillowResize } from "./pillow.ts";

interface Golden {
  readonly models: Record<
    string,
    {
      readonly tensor: { shape: number[]; multiplier: number; mean: number; row_100: number[] };
      readonly photos: Record<string, { mask_at_y_x: [number, number][]; mask: number[] }>;
    }
  >;
}

async function importSelfie(name: string) {
  const folder = new URL("../../../node_modules/@mediapipe/selfie_segmentation/", import.meta.url);
  const bytes = await readFile(new URL(`${name}.tflite`, folder));
  return importTflite(bytes, { name, weightsLocation: `${name}.data` });
}

describe.each([
  { name: "selfie_segmentation", output: "activation_10", width: 256, height: 256 },
  { name: "selfie_segmentation_landscape", output: "segment_back", width: 256, height: 144 },
])("$name", ({ name, output, width, height }) => {
  test("becomes a graph of nothing but what fusing compilers know", async () => {
    const model = await importSelfie(name);
    expect(model.inputs).toEqual([{ name: "input", dims: [1, 3, height, width] }]);
    expect(model.outputs).toEqual([{ name: output, dims: [1, 1, height, width] }]);
    const counts: Record<string, number> = {};
    for (const { op } of readModel(model.graph).nodes) counts[op] = (counts[op] ?? 0) + 1;
    expect(counts).toEqual({
      Conv: 54,
      Relu: 22,
      Add: 14,
      HardSwish: 11,
      Sigmoid: 11,
      GlobalAveragePool: 10,
      Mul: 10,
      Resize: 3,
      ConvTranspose: 1,
    });
  });

  test.skipIf(!hasShared)(`computes what LiteRT does${needsShared}`, async () => {
    const { tensor, photos } = readGolden<Golden>("selfie_segmentation").models[name];
    const session = await openSession(await importSelfie(name));
    const data = Float32Array.from(
      { length: elementCount(tensor.shape) },
      (_, i) => ((i * tensor.multiplier) % 256) / 255,
    );
    const made = (await session.run({ input: channelsFirst({ dims: tensor.shape, data }) }))[output];
    for (const [x, wanted] of tensor.row_100.entries()) {
      expect(Math.abs(made.data[100 * width + x] - wanted)).toBeLessThan(2e-3);
    }
    expect(Math.abs(made.data.reduce((sum, p) => sum + p, 0) / made.data.length - tensor.mean)).toBeLessThan(
      2e-3,
    );

    // The made input is no person anywhere: photos say more.
    for (const [photo, { mask_at_y_x: places, mask }] of Object.entries(photos)) {
      const bytes = readShared(`photos_pillow/${photo.replace(/\.jpg$/, ".png")}`);
      const image = await decode(bytes, DEFAULT_LIMITS);
      const errorOf = async (first: "across" | "down") => {
        const pixels = pillowResize(image, width, height, first);
        const input = channelsFirst({
          dims: tensor.shape,
          data: Float32Array.from(pixels, (byte) => byte / 255),
        });
        const probability = (await session.run({ input }))[output].data;
        return Math.max(...places.map(([y, x], i) => Math.abs(probability[y * width + x] - mask[i])));
      };
      const error = await errorOf("across");
      expect(error < 2e-3 ? error : await errorOf("down"), photo).toBeLessThan(2e-3);
    }
    await session.close();
  });
});
