import { describe, expect, test } from "vitest";
import { readModel } from "../../../src/runtime/onnx/read.ts";
import { inlineValues } from "../../../src/runtime/onnx/tensor.ts";
import { roundHalfEven } from "../../../src/runtime/rounding.ts";
import { convertStateDict } from "../../../tools/networks/convert.ts";
import { productScale } from "../../../tools/networks/product-rounding.ts";
import { sumScale } from "../../../tools/networks/sum-rounding.ts";
import type { BuiltModel } from "../../../tools/onnx/write.ts";
import { readCheckpoint, type StateDict } from "../../../tools/torch/checkpoint.ts";
import { readFloats, readInt8, readNumbers, type Tensor } from "../../../tools/torch/tensor.ts";
import { hasShared, needsShared, readShared } from "../golden/shared.ts";
import { tensorOf } from "./support.ts";

const NAME = "mobilenet_v3_large_quantized";

test("halves round to even", () => {
  expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4999, 2.5001].map(roundHalfEven)).toEqual([
    -2, -2, -0, 0, 2, 2, 2, 3,
  ]);
});

test("a product's scale makes float arithmetic round as one integer multiplication does", () => {
  // Block 6 of the reference checkpoint: 189 * 15 lies just below 17.5, and in three float roundings on it.
  const gate = { scale: 1 / 256, zeroPoint: 0 };
  const input = { scale: Math.fround(0.052221670746803284), zeroPoint: 0 };
  const output = { scale: Math.fround(0.033046528697013855), zeroPoint: 0 };
  const { fround } = Math;
  const product = (scale: number) =>
    roundHalfEven(fround(fround((189 / 256) * fround(15 * input.scale)) / scale));
  expect(product(output.scale)).toBe(18);
  const scale = productScale(gate, input, output);
  expect(product(scale)).toBe(17);
  expect(Math.abs(scale / output.scale - 1)).toBeLessThan(5e-7);
});

test("a sum's scale makes float arithmetic round as QNNPACK's fixed-point multipliers do", () => {
  // Block 15 of the reference checkpoint. By torch.ops.quantized.add the two sums are 57 and 207, in floats 58 and 206.
  const a = { scale: 0.12530680000782013, zeroPoint: 137 };
  const b = { scale: 0.07725585997104645, zeroPoint: 132 };
  const output = { scale: 0.1292453408241272, zeroPoint: 132 };
  const { fround } = Math;
  const sums = (scale: number) =>
    [
      [99, 69],
      [175, 195],
    ].map(([x, y]) => {
      const left = fround((x - a.zeroPoint) * fround(a.scale));
      const right = fround((y - b.zeroPoint) * fround(b.scale));
      return roundHalfEven(fround(fround(fround(left + right) / scale) + 132));
    });
  expect(sums(output.scale)).toEqual([58, 206]);
  expect(sums(sumScale(a, b, output))).toEqual([57, 207]);
});

/** What a graph computes with: bytes of the data file, scales and zero points, by name. */
function parametersOf({ graph, weights }: BuiltModel) {
  const { initializers, nodes } = readModel(graph);
  const integers = new Map<string, Int8Array | Int32Array>();
  for (const { name, type, data } of initializers.values()) {
    if (data.kind !== "external") continue;
    const bytes = weights.slice(data.offset, data.offset + data.length).buffer;
    integers.set(name, type === "int8" ? new Int8Array(bytes) : new Int32Array(bytes));
  }
  const scales = nodes.flatMap(({ op, inputs }) => {
    if (!op.endsWith("quantizeLinear") && !op.endsWith("QuantizeLinear")) return [];
    return inputs.slice(1).flatMap((name) => {
      const constant = initializers.get(name);
      return constant ? inlineValues(constant) : [];
    });
  });
  return { integers, scales };
}

/** The same network as quantization-aware training saves it: float weights, identity batch norms, and what observers saw. */
function prepared(converted: StateDict): StateDict {
  const tensors = new Map<string, Tensor>();
  const observe = (key: string, min: number, max: number) => {
    tensors.set(`${key}.activation_post_process.min_val`, tensorOf([], [min]));
    tensors.set(`${key}.activation_post_process.max_val`, tensorOf([], [max]));
    tensors.set(`${key}.fake_quant_enabled`, tensorOf([1], [1], "int64"));
    tensors.set(`${key}.observer_enabled`, tensorOf([1], [0], "int64"));
  };
  const output = (key: string, scale: number, zeroPoint: number) =>
    observe(`${key}.activation_post_process`, -zeroPoint * scale, (255 - zeroPoint) * scale);
  const layer = (key: string, weight: Tensor, bias: Tensor) => {
    if (weight.quantization?.scheme !== "per_tensor") throw new Error(`${key} is not quantized per tensor`);
    const { scale } = weight.quantization;
    tensors.set(
      `${key}.weight`,
      tensorOf(
        weight.shape,
        Array.from(readInt8(weight), (q) => q * scale),
      ),
    );
    observe(`${key}.weight_fake_quant`, -127.5 * scale, 127.5 * scale);
    if (/\.fc[12]$|^classifier/.test(key)) {
      tensors.set(`${key}.bias`, bias);
      return;
    }
    const channels = [weight.shape[0]];
    const all = (value: number) => new Float32Array(channels[0]).fill(value);
    tensors.set(`${key}.bn.weight`, tensorOf(channels, all(1)));
    tensors.set(`${key}.bn.bias`, bias);
    tensors.set(`${key}.bn.running_mean`, tensorOf(channels, all(0)));
    tensors.set(`${key}.bn.running_var`, tensorOf(channels, all(0.999)));
  };
  const number = (key: string) => readNumbers(converted.tensors.get(key) as Tensor)[0];
  for (const [key, tensor] of converted.tensors) {
    const stem = key.replace(/\.[^.]+$/, "");
    if (key.endsWith(".scale")) output(stem, number(key), number(`${stem}.zero_point`));
    if (key.endsWith(".weight")) layer(stem, tensor, converted.tensors.get(`${stem}.bias`) as Tensor);
  }
  for (const [key, { weight, bias }] of converted.packed) {
    layer(key.replace("._packed_params._packed_params", ""), weight, bias as Tensor);
  }
  return { tensors, packed: new Map() };
}

describe.skipIf(!hasShared)(`the quantized Large${needsShared}`, () => {
  test("converts to the same integers from both of PyTorch's forms", async () => {
    const state = await readCheckpoint(readShared(`checkpoints/${NAME}.pth`));
    const options = { name: NAME };
    const converted = parametersOf(convertStateDict(NAME, state, options).graphs.model);
    const trained = parametersOf(convertStateDict(NAME, prepared(state), options).graphs.model);
    expect([...trained.integers.keys()]).toEqual([...converted.integers.keys()]);
    for (const [name, integers] of converted.integers) {
      const other = trained.integers.get(name) as Int8Array;
      // A bias is divided by scales that the detour through the observers may move by a unit in the last place.
      const tolerance = name.endsWith(".bias") ? 1 : 0;
      expect(
        other.every((value, i) => Math.abs(value - integers[i]) <= tolerance),
        name,
      ).toBe(true);
    }
    expect(trained.scales).toHaveLength(converted.scales.length);
    for (const [i, scale] of converted.scales.entries()) {
      expect(Math.abs(trained.scales[i] - scale), `scale ${i}`).toBeLessThanOrEqual(1e-6 * scale);
    }
  });

  test("keeps torch's own scales and zero points", async () => {
    const state = await readCheckpoint(readShared(`checkpoints/${NAME}.pth`));
    const { scales } = parametersOf(convertStateDict(NAME, state, { name: NAME }).graphs.model);
    const unused = /skip_add/;
    for (const [key, tensor] of state.tensors) {
      if (key.endsWith(".scale") && !unused.test(key)) expect(scales, key).toContain(readFloats(tensor)[0]);
    }
  });

  test("is refused where a quantized weight is missing, by its name", async () => {
    const state = await readCheckpoint(readShared(`checkpoints/${NAME}.pth`));
    const tensors = new Map(state.tensors);
    tensors.delete("features.4.block.2.fc1.weight");
    const packed = new Map(state.packed);
    packed.delete("classifier.3._packed_params._packed_params");
    expect(() => convertStateDict(NAME, { tensors, packed }, { name: NAME })).toThrow(
      "2 missing: features.4.block.2.fc1.weight, classifier.3._packed_params._packed_params",
    );
  });
});
