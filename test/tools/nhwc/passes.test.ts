import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NetworkBuilder, NodeSpec } from "../../../tools/nhwc/builder.ts";
import type { Constant, Network, Pads } from "../../../tools/nhwc/graph.ts";
import { simplify } from "../../../tools/nhwc/passes/index.ts";
import { interpret } from "./reference.ts";
import { build, constant, expectClose, numbers } from "./support.ts";

/** A twelfth, a sixth rounded to half precision and the like: what files hold. */
const HALF_SIXTH = 0.1666259765625;

function scalar(x: number): Constant {
  return { dims: [], data: Float32Array.of(x) };
}

/** Adds nodes under names of their own. */
function adder(network: NetworkBuilder) {
  let count = 0;
  const add = (spec: NodeSpec) => network.add(spec, { operator: spec.op, node: `n${count++}` });
  const conv = (input: string, outputs: number, seed: number, pads: Pads = [1, 1, 1, 1]) => {
    const channels = network.shape(input).at(-1) ?? 0;
    const weights = constant([outputs, channels, 3, 3], seed);
    return add({
      op: "conv",
      input,
      weights,
      bias: undefined,
      strides: [1, 1],
      dilations: [1, 1],
      pads,
      groups: 1,
    });
  };
  const binary = (
    fn: "add" | "sub" | "mul" | "div" | "max" | "min",
    a: string | Constant,
    b: string | Constant,
  ) => add({ op: "binary", fn, a, b });
  const relu6 = (input: string) => add({ op: "unary", input, fn: { kind: "clip", min: 0, max: 6 } });
  return { add, conv, binary, relu6 };
}

type Adder = ReturnType<typeof adder>;

/** A network of `make`, before and after. */
function simplified(make: (b: Adder) => readonly string[], shape = [1, 5, 5, 3]) {
  const network = build(shape, (builder) => make(adder(builder)));
  return { network, simple: simplify(network) };
}

function expectSame(network: Network, simple: Network, seed = 1): void {
  const dims = network.shapes.get("x") ?? [];
  const input = { dims, data: Float64Array.from(numbers(dims, seed)) };
  const [wanted, got] = [interpret(network, { x: input }), interpret(simple, { x: input })];
  for (const name of Object.keys(wanted)) {
    expect(got[name].dims).toEqual(wanted[name].dims);
    expectClose(got[name].data, wanted[name].data, 1e-5);
  }
}

function kinds({ nodes }: Network): string[] {
  return nodes.map((node) => (node.op === "unary" ? node.fn.kind : node.op === "binary" ? node.fn : node.op));
}

/** TensorFlow's ways to write a hard-swish of x. */
const HARD_SWISHES: Readonly<Record<string, (b: Adder, x: string) => string>> = {
  "(x * c) * relu6(x + 3)": ({ binary, relu6 }, x) =>
    binary("mul", binary("mul", scalar(HALF_SIXTH), x), relu6(binary("add", x, scalar(3)))),
  "x * (relu6(x + 3) * c)": ({ binary, relu6 }, x) =>
    binary("mul", x, binary("mul", relu6(binary("add", x, scalar(3))), scalar(1 / 6))),
  "(x * relu6(3 + x)) / 6": ({ binary, relu6 }, x) =>
    binary("div", binary("mul", x, relu6(binary("add", scalar(3), x))), scalar(6)),
  "x * min(max(x + 3, 0), 6) / 6": ({ binary }, x) => {
    const gate = binary("min", binary("max", binary("add", x, scalar(3)), scalar(0)), scalar(6));
    return binary("div", binary("mul", x, gate), scalar(6));
  },
};

describe("activations that are written out", () => {
  test.each(Object.entries(HARD_SWISHES))("%s is a hard-swish, whatever its factor", (_, make) => {
    const { network, simple } = simplified((b) => [b.conv(make(b, b.conv("x", 4, 1)), 2, 2)]);
    expect(kinds(simple)).toEqual(["conv", "hard_swish", "conv"]);
    expectSame(network, simple);
  });

  test("a factor that no weight can take in stays behind the hard-swish", () => {
    const { network, simple } = simplified((b) => [
      HARD_SWISHES["(x * c) * relu6(x + 3)"](b, b.conv("x", 4, 1)),
    ]);
    expect(kinds(simple)).toEqual(["conv", "hard_swish", "mul"]);
    expectSame(network, simple);
  });

  test("a squeeze-and-excitation's gate is a hard-sigmoid", () => {
    const { network, simple } = simplified((b) => {
      const x = b.conv("x", 4, 1);
      const pooled = b.add({ op: "reduce", fn: "mean", input: x, axes: [1, 2], keepDims: true });
      const biased = b.binary("add", b.conv(pooled, 4, 2), constant([4], 3));
      const gate = b.binary("mul", scalar(HALF_SIXTH), b.relu6(b.binary("add", biased, scalar(3))));
      return [b.conv(b.binary("mul", gate, x), 2, 4)];
    });
    expect(kinds(simple)).toEqual(["conv", "reduce", "conv", "hard_sigmoid", "mul", "conv"]);
    expectSame(network, simple);
  });

  test("minima and maxima are clips, joined, and ReLUs where they are", () => {
    const { network, simple } = simplified((b) => {
      const low = b.binary("max", scalar(0), b.conv("x", 2, 1));
      const clipped = b.binary("max", b.binary("min", low, scalar(6)), scalar(-1));
      return [b.binary("max", clipped, scalar(0)), low];
    });
    expect(kinds(simple)).toEqual(["conv", "relu", "clip"]);
    expectSame(network, simple);
  });
});

describe("what stands around a convolution", () => {
  test("biases, factors and batch normalisation go into its weights", () => {
    const { network, simple } = simplified((b) => {
      const scaled = b.binary("mul", b.conv("x", 4, 1), constant([4], 2));
      const shifted = b.binary("sub", constant([1, 1, 1, 4], 3), scaled);
      return [b.binary("mul", b.binary("add", shifted, scalar(0.5)), scalar(16))];
    });
    expect(kinds(simple)).toEqual(["conv"]);
    expectSame(network, simple);
  });

  test("but not where another reads it, or where they differ from pixel to pixel", () => {
    const { network, simple } = simplified((b) => {
      const x = b.conv("x", 4, 1);
      return [
        x,
        b.binary("add", x, constant([4], 2)),
        b.binary("add", b.conv("x", 4, 3), constant([5, 5, 1], 4)),
      ];
    });
    expect(kinds(simple)).toEqual(["conv", "add", "conv", "add"]);
    expectSame(network, simple);
  });

  test("zeros put around the picture become its padding", () => {
    const pads = [
      [0, 0],
      [0, 1],
      [2, 1],
      [0, 0],
    ] as const;
    const { network, simple } = simplified((b) => {
      const padded = b.add({ op: "pad", input: "x", pads, mode: "constant", value: 0 });
      return [b.conv(padded, 2, 1, [0, 0, 0, 0])];
    });
    expect(simple.nodes).toMatchObject([{ op: "conv", pads: [0, 2, 1, 1] }]);
    expectSame(network, simple);
  });

  test("SpaceToBatch and BatchToSpace become its dilation", () => {
    const { network, simple } = simplified((b) => {
      const spread = b.add({ op: "space_to_batch", input: "x", block: [2, 3], pads: [2, 3, 3, 4] });
      const biased = b.binary("add", b.conv(spread, 2, 1, [0, 0, 0, 0]), constant([2], 2));
      const positive = b.add({ op: "unary", input: biased, fn: { kind: "relu" } });
      return [b.add({ op: "batch_to_space", input: positive, block: [2, 3], pads: [0, 0, 1, 1] })];
    });
    expect(simple.nodes).toMatchObject([
      { op: "conv", dilations: [2, 3], pads: [2, 3, 2, 3] },
      { op: "unary" },
    ]);
    expectSame(network, simple);
  });
});

/** Steps that a random network is made of, each on values that are there already. */
const STEPS: Readonly<Record<string, (b: Adder, x: string, y: string, seed: number) => string>> = {
  conv: (b, x, _, seed) => b.conv(x, 3, seed),
  scale: (b, x, _, seed) => b.binary("mul", x, scalar([0.5, -2, 0, 1 / 6, HALF_SIXTH][seed % 5])),
  divide: (b, x, _, seed) => b.binary("div", x, scalar([6, -4, 0.1][seed % 3])),
  shift: (b, x, _, seed) => b.binary("add", scalar([3, -1][seed % 2]), x),
  channels: (b, x, _, seed) => b.binary(seed % 2 ? "mul" : "sub", x, constant([3], seed)),
  constants: (b, x, _, seed) => b.binary("sub", constant([1, 5, 1, 3], seed), x),
  add: (b, x, y) => b.binary("add", x, y),
  subtract: (b, x, y) => b.binary("sub", x, y),
  multiply: (b, x, y) => b.binary("mul", x, y),
  max: (b, x, y) => b.binary("max", x, y),
  relu6: (b, x) => b.relu6(x),
  relu: (b, input) => b.add({ op: "unary", input, fn: { kind: "relu" } }),
  leaky: (b, input) => b.add({ op: "unary", input, fn: { kind: "leaky_relu", alpha: 0.1 } }),
  neg: (b, input) => b.add({ op: "unary", input, fn: { kind: "neg" } }),
  sigmoid: (b, input) => b.add({ op: "unary", input, fn: { kind: "sigmoid" } }),
  prelu: (b, input, _, seed) => b.add({ op: "prelu", input, slope: constant([3], seed) }),
  pool: (b, input) =>
    b.add({ op: "pool", fn: "max", input, kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] }),
  gate: (b, input) => b.add({ op: "reduce", fn: "mean", input, axes: [1, 2], keepDims: true }),
  swish: (b, x, _, seed) => Object.values(HARD_SWISHES)[seed % 4](b, x),
  joined: (b, x, y, seed) => b.conv(b.add({ op: "concat", inputs: [x, y], axis: 3 }), 3, seed),
  there: (b, input) => b.add({ op: "reshape", input, shape: [5, 5, 3] }),
  back: (b, input) => b.add({ op: "reshape", input, shape: [1, 5, 5, 3] }),
};

test("random networks compute the same as before", () => {
  const step = fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.nat(9), fc.nat(9), fc.nat(1000));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const { network, simple } = simplified((b) => {
        const values = ["x"];
        for (const [kind, x, y, seed] of steps) {
          // Recent values first, so that chains grow.
          const pick = (back: number) => values[Math.max(0, values.length - 1 - (back % 3))];
          try {
            values.push(STEPS[kind](b, pick(x), pick(y), seed));
          } catch {
            // A step that does not fit these values: a picture where there is none, shapes that clash.
          }
        }
        fc.pre(values.length > 1);
        return [...new Set([values[values.length - 1], values[Math.ceil(values.length / 2)]])];
      });
      expectSame(network, simple, steps.length);
    }),
    { numRuns: 1000 },
  );
});
