import { createRandom, type Random } from "../../../tools/fuzz/random.ts";
import {
  type MobileNetV3Options,
  mobilenetV3Settings,
} from "../../../tools/networks/mobilenet-v3-settings.ts";
import type { StateDict } from "../../../tools/torch/checkpoint.ts";
import type { DType, Tensor } from "../../../tools/torch/tensor.ts";

/** A float32 tensor with these numbers, in a storage of its own. */
export function tensorOf(
  shape: readonly number[],
  values: Float32Array | readonly number[],
  dtype: DType = "float32",
): Tensor {
  const data = dtype === "int64" ? BigInt64Array.from(Array.from(values, BigInt)) : Float32Array.from(values);
  const bytes = new Uint8Array(data.buffer);
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((product, dim) => product * dim, 1));
  return {
    kind: "tensor",
    storage: { kind: "storage", key: "", dtype, length: data.length, bytes },
    offset: 0,
    shape,
    strides,
  };
}

/** Random parameters under torchvision's keys. */
function stateBuilder(seed: number) {
  const random = createRandom(seed);
  const tensors = new Map<string, Tensor>();
  const uniform = (low: number, high: number) => low + ((high - low) * random.int(1 << 20)) / (1 << 20);
  const fill = (shape: readonly number[], low: number, high: number) => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    return tensorOf(
      shape,
      Float32Array.from({ length: size }, () => uniform(low, high)),
    );
  };
  return {
    tensors,
    conv(key: string, shape: readonly number[]) {
      const spread = Math.sqrt(6 / (shape[1] * shape[2] * shape[3]));
      tensors.set(`${key}.weight`, fill(shape, -spread, spread));
    },
    norm(key: string, channels: number) {
      tensors.set(`${key}.weight`, fill([channels], 0.5, 1.5));
      tensors.set(`${key}.bias`, fill([channels], -0.5, 0.5));
      tensors.set(`${key}.running_mean`, fill([channels], -0.5, 0.5));
      tensors.set(`${key}.running_var`, fill([channels], 0.5, 1.5));
      tensors.set(`${key}.num_batches_tracked`, tensorOf([], [1], "int64"));
    },
    bias(key: string, channels: number) {
      tensors.set(`${key}.bias`, fill([channels], -0.5, 0.5));
    },
    linear(key: string, outputs: number, inputs: number) {
      tensors.set(`${key}.weight`, fill([outputs, inputs], -0.1, 0.1));
      tensors.set(`${key}.bias`, fill([outputs], -0.5, 0.5));
    },
  };
}

/** A torchvision MobileNetV3 with random parameters: what a user's own checkpoint of any width looks like. */
export function randomMobilenet(
  table: "small" | "large",
  options: MobileNetV3Options,
  classes: number,
  seed = 1,
): StateDict & { readonly tensors: Map<string, Tensor> } {
  const { bottlenecks, lastChannel } = mobilenetV3Settings(table, options);
  const state = stateBuilder(seed);
  const block = (key: string, shape: readonly number[]) => {
    state.conv(`${key}.0`, shape);
    state.norm(`${key}.1`, shape[0]);
  };
  block("features.0", [bottlenecks[0].input, 3, 3, 3]);
  for (const [i, row] of bottlenecks.entries()) {
    let layer = 0;
    const next = () => `features.${i + 1}.block.${layer++}`;
    if (row.expanded !== row.input) block(next(), [row.expanded, row.input, 1, 1]);
    block(next(), [row.expanded, 1, row.kernel, row.kernel]);
    if (row.useSe) {
      const squeeze = Math.max(8, Math.floor((row.expanded / 4 + 4) / 8) * 8);
      const key = next();
      state.conv(`${key}.fc1`, [squeeze, row.expanded, 1, 1]);
      state.bias(`${key}.fc1`, squeeze);
      state.conv(`${key}.fc2`, [row.expanded, squeeze, 1, 1]);
      state.bias(`${key}.fc2`, row.expanded);
    }
    block(next(), [row.output, row.expanded, 1, 1]);
  }
  const last = bottlenecks[bottlenecks.length - 1].output;
  block(`features.${bottlenecks.length + 1}`, [last * 6, last, 1, 1]);
  state.linear("classifier.0", lastChannel, last * 6);
  state.linear("classifier.3", classes, lastChannel);
  return { tensors: state.tensors, packed: new Map() };
}

/** Random numbers, for inputs. */
export function randomImage(height: number, width: number, random: Random = createRandom(7)): Float32Array {
  return Float32Array.from({ length: 3 * height * width }, () => random.int(256) / 127.5 - 1);
}
