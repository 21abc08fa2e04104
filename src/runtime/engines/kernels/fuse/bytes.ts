/**
 * Integer layers: what lies between DequantizeLinear and QuantizeLinear is computed on the bytes themselves, where a kernel gives what the float
 * layer between them would (up to the rounding of ties). All else stays a float layer between conversions, which is always right.
 *
 * @module
 */
import type { Constants } from "../constants.ts";
import type { ActivationLayer, ByteForm, DequantizeLayer, Layer, ReshapeLayer } from "../layers.ts";
import { NONE } from "../layers.ts";
import { type Quantization, sameQuantization } from "../quantization.ts";
import { isBroadcastable, isByteResize } from "./byte-shapes.ts";
import { givesFloats, isIntegerProduct, sourcesOf } from "./products.ts";
import type { Neighbours, Rewrite } from "./rewrite.ts";
import type { ContextOf } from "./types.ts";

/** A layer that moves or picks bytes: each byte means the same after it. */
function keepsMeaning(layer: Layer, { inputs, output }: ByteForm, contextOf: ContextOf): boolean {
  if (!output || !inputs.every((input) => sameQuantization(input, output))) return false;
  switch (layer.kind) {
    case "pool":
      return layer.mode === "max" && layer.window.dilation.join() === "1,1";
    case "globalPool":
      return layer.mode === "max";
    case "resize":
      return isByteResize(contextOf(layer));
    case "move":
      // Outputs of a Split are told apart by their names.
      return layer.node.op !== "Split";
    case "concat":
    case "reshape":
      return true;
    default:
      return false;
  }
}

/** Whether integer kernels compute a layer without weights whose result means something else than its inputs. */
function hasIntegerKernel(layer: Layer, around: Neighbours): boolean {
  const rank = around.dims(layer.output).length;
  switch (layer.kind) {
    case "activation":
      return rank === 4 || rank === 2;
    case "globalPool":
      return layer.mode === "average";
    case "pool":
      // With `ceil`, windows may reach beyond the padding, which does not count.
      return (
        layer.mode === "average" && layer.window.dilation.join() === "1,1" && !(layer.ceil && layer.countPad)
      );
    case "binary": {
      const clamps = ["none", "relu", "clip"].includes(layer.activation.kind);
      return clamps && ["Add", "Sub", "Mul"].includes(layer.op) && isBroadcastable(layer, around);
    }
    default:
      return false;
  }
}

/** The layer on bytes: it reads what the dequantize layers read. */
function onBytes(layer: Layer, sources: readonly DequantizeLayer[], output: string, bytes: ByteForm): Layer {
  const names = new Map(layer.inputs.map((value, i) => [value, sources[i]?.inputs[0] ?? ""]));
  const rename = (value: string) => names.get(value) ?? value;
  const renamed = { ...layer, inputs: layer.inputs.map(rename), output, bytes };
  if (renamed.kind === "conv" && renamed.residual) return { ...renamed, residual: rename(renamed.residual) };
  if (renamed.kind !== "binary") return renamed;
  const operand = (side: typeof renamed.left) => ("value" in side ? { value: rename(side.value) } : side);
  return { ...renamed, left: operand(renamed.left), right: operand(renamed.right) };
}

/** Bytes that are given another meaning, or none: a table, or nothing to do. */
function requantize(source: DequantizeLayer, to: Quantization, base: Pick<Layer, "node" | "output">): Layer {
  const { inputs, quantization: from } = source;
  const bytes = { inputs: [from], output: to };
  const alias: ReshapeLayer = { ...base, kind: "reshape", inputs, bytes };
  const table: ActivationLayer = { ...base, kind: "activation", activation: NONE, inputs, bytes };
  return sameQuantization(from, to) ? alias : table;
}

/** `quantize(layer(dequantize(bytes)))` becomes a layer on bytes. */
export function fuseBytes(constants: Constants, contextOf: ContextOf): Rewrite {
  return (layer, around) => {
    if (layer.kind !== "quantize") return undefined;
    const { output, node, quantization: to } = layer;
    const [input = ""] = layer.inputs;
    const maker = around.maker(input);
    if (maker?.kind === "dequantize") return requantize(maker, to, { node, output });
    if (!maker || maker.bytes || !around.readOnce(input)) return undefined;
    const sources = sourcesOf(maker, around);
    if (!sources) return undefined;
    const bytes = { inputs: sources.map(({ quantization }) => quantization), output: to };
    const known =
      keepsMeaning(maker, bytes, contextOf) ||
      isIntegerProduct(maker, bytes, constants) ||
      hasIntegerKernel(maker, around);
    return known ? onBytes(maker, sources, output, bytes) : undefined;
  };
}

/** `product(dequantize(bytes))` that is not quantized becomes a product of integers whose result is floats. */
export function fuseFloatResult(constants: Constants): Rewrite {
  return (layer, around) => {
    const sources = givesFloats(layer, around, constants) ? sourcesOf(layer, around) : undefined;
    if (!sources) return undefined;
    const inputs = sources.map(({ quantization }) => quantization);
    return onBytes(layer, sources, layer.output, { inputs, output: undefined });
  };
}

/** A product whose bytes only go through h-swish: rounded in between, as the bytes are, but never stored. */
export const fuseStepped: Rewrite = (layer, around) => {
  if (layer.kind !== "activation" || layer.activation.kind !== "hardswish" || !layer.bytes) return undefined;
  const [input = ""] = layer.inputs;
  const maker = around.maker(input);
  if ((maker?.kind !== "conv" && maker?.kind !== "gemm") || !maker.bytes || !around.readOnce(input))
    return undefined;
  if (maker.activation.kind !== "none" || maker.bytes.between || !maker.bytes.output) return undefined;
  const [from] = layer.bytes.inputs;
  if (!from || !sameQuantization(from, maker.bytes.output)) return undefined;
  const bytes = { inputs: maker.bytes.inputs, between: from, output: layer.bytes.output };
  return { ...maker, activation: layer.activation, output: layer.output, bytes };
};
