import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readCheckpoint } from "../../../tools/torch/checkpoint.ts";
import { readFloats, readInt8, readNumbers, type Tensor } from "../../../tools/torch/tensor.ts";
import { fixture } from "./support.ts";

interface ExpectedTensor {
  readonly shape: number[];
  readonly values: number[];
}

const expected: Record<string, ExpectedTensor> = JSON.parse(
  new TextDecoder().decode(fixture("expected.json")),
);
const containers = ["zip", "legacy"].flatMap((kind) =>
  [2, 3, 4, 5].map((protocol) => `${kind}-protocol${protocol}`),
);

describe.each(containers)("%s.pth", (name) => {
  const read = () => readCheckpoint(fixture(`${name}.pth`));

  test("every tensor has PyTorch's shape and numbers, whatever its type, strides and storage", async () => {
    const { tensors } = await read();
    expect([...tensors.keys()]).toEqual(Object.keys(expected));
    for (const [key, { shape, values }] of Object.entries(expected)) {
      const tensor = tensors.get(key) as Tensor;
      expect(tensor.shape, key).toEqual(shape);
      expect(readNumbers(tensor), key).toEqual(values);
      expect([...readFloats(tensor)], key).toEqual(values.map(Math.fround));
    }
  });

  test("quantized tensors keep scales and zero points", async () => {
    const { tensors, packed } = await read();
    expect(tensors.get("per_tensor")?.quantization).toEqual({
      scheme: "per_tensor",
      scale: 0.0078125,
      zeroPoint: 0,
    });
    expect([...readInt8(tensors.get("per_tensor") as Tensor)]).toEqual(expected.per_tensor.values);
    const perChannel = tensors.get("per_channel")?.quantization;
    if (perChannel?.scheme !== "per_channel") throw new Error("per_channel is not quantized per channel");
    expect(perChannel.axis).toBe(0);
    expect(readNumbers(perChannel.scales as Tensor)).toEqual([0.0078125, 0.015625]);
    expect(readNumbers(perChannel.zeroPoints as Tensor)).toEqual([0, 1]);
    expect([...packed.keys()]).toEqual(["packed", "packed_without_bias"]);
    expect(packed.get("packed")?.weight.shape).toEqual([1, 2]);
    expect(readNumbers(packed.get("packed")?.bias as Tensor)).toEqual([0.25]);
    expect(packed.get("packed_without_bias")?.bias).toBeNull();
  });

  test("tensors that share a storage share its bytes", async () => {
    const { tensors } = await read();
    expect(tensors.get("shared_slice")?.storage).toBe(tensors.get("shared_whole")?.storage);
  });
});

test("a training script's checkpoint is unwrapped", async () => {
  const { tensors } = await readCheckpoint(fixture("wrapped.pth"));
  expect([...tensors.keys()]).toEqual(Object.keys(expected));
});

const folder = new URL("../../../../shared/checkpoints/", import.meta.url);
const present = existsSync(folder);

describe.skipIf(!present)(`reference checkpoints${present ? "" : " (needs ../shared)"}`, () => {
  test.each(present ? readdirSync(folder) : [])("%s is read whole", async (file) => {
    const { tensors, packed } = await readCheckpoint(readFileSync(new URL(file, folder)));
    expect(tensors.size).toBeGreaterThan(200);
    for (const [key, tensor] of tensors) {
      const floats = readFloats(tensor);
      expect(floats.every(Number.isFinite), key).toBe(true);
    }
    expect(packed.size).toBe(file.includes("quantized") ? 2 : 0);
  });
});
