import fc from "fast-check";
import { expect } from "vitest";
import type { Tensor } from "../../../src/runtime/engines/engine.ts";
import { createRandom } from "../../../tools/fuzz/random.ts";
import { createNetwork, type NetworkBuilder, type NodeSpec } from "../../../tools/nhwc/builder.ts";
import { ImportError } from "../../../tools/nhwc/errors.ts";
import type { Constant, Network, Shape } from "../../../tools/nhwc/graph.ts";
import { elementCount } from "../../../tools/nhwc/graph.ts";
import { lower } from "../../../tools/nhwc/lower/index.ts";
import { runModel } from "../onnx/support.ts";
import { interpret } from "./reference.ts";

/** Numbers from -2 to 2 that a seed repeats. */
export function numbers(shape: Shape, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: elementCount(shape) }, () => random.int(4001) / 1000 - 2);
}

/** A constant of such numbers. */
export function constant(dims: Shape, seed: number): Constant {
  return { dims, data: numbers(dims, seed) };
}

/** A network that `make` builds on one input `x`; what cannot be built is not a case. */
export function build(shape: Shape, make: (network: NetworkBuilder) => readonly string[]): Network {
  const network = createNetwork(2 ** 28);
  network.input("x", shape);
  try {
    const outputs = make(network);
    const ports = outputs.map((value, i) => ({ name: `y${i}`, value }));
    return network.finish([{ name: "x", value: "x" }], ports);
  } catch (error) {
    if (error instanceof ImportError) fc.pre(false);
    throw error;
  }
}

/** A network of one node. */
export function single(shape: Shape, spec: NodeSpec): Network {
  return build(shape, (network) => [network.add(spec, { operator: spec.op, node: "node" })]);
}

/** Holds the ONNX graph of a network to the reference. */
export async function expectLowering(network: Network, input: Float32Array, tolerance = 1e-4): Promise<void> {
  const dims = network.shapes.get("x") ?? [];
  const wanted = interpret(network, { x: { dims, data: Float64Array.from(input) } });
  const model = lower(network, "test", { weightsLocation: "test.data" });
  const got = await runModel(model, { x: channelsFirst({ dims, data: input }) });
  for (const [name, output] of Object.entries(wanted)) {
    const expected = channelsFirst(output);
    expect(got[name].dims).toEqual(expected.dims);
    expectClose(got[name].data, expected.data, tolerance);
  }
}

/** Compares numbers, relative to the largest. */
export function expectClose(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  let worst = 0;
  let largest = 1;
  for (let i = 0; i < wanted.length; i++) {
    worst = Math.max(worst, Number.isFinite(wanted[i]) ? Math.abs(got[i] - wanted[i]) : 0);
    largest = Math.max(largest, Number.isFinite(wanted[i]) ? Math.abs(wanted[i]) : 0);
  }
  expect(got.length).toBe(wanted.length);
  expect(worst / largest).toBeLessThan(tolerance);
}

/** A tensor as ONNX has it. */
export function channelsFirst({ dims, data }: { dims: Shape; data: Float32Array | Float64Array }): Tensor {
  if (dims.length !== 4) return { dims, data: Float32Array.from(data) };
  const [batch, height, width, channels] = dims;
  const result = new Float32Array(data.length);
  for (let n = 0; n < batch; n++)
    for (let p = 0; p < height * width; p++)
      for (let c = 0; c < channels; c++) {
        result[(n * channels + c) * height * width + p] = data[(n * height * width + p) * channels + c];
      }
  return { dims: [batch, channels, height, width], data: result };
}
