/**
 * Products of integers: layers whose weights are symmetric integers and whose inputs are bytes behind DequantizeLinear.
 *
 * @module
 */
import type { Constants } from "../constants.ts";
import { isSumBias, productScales } from "../integer-packs.ts";
import type { Activation, ByteForm, ConvLayer, DequantizeLayer, Layer } from "../layers.ts";
import { convKind } from "../lower/window.ts";
import { isTransposed2x2 } from "../packs.ts";
import { requantization } from "../requantization.ts";
import type { Neighbours } from "./rewrite.ts";

/** A dense convolution reads its residual in the layout of its output, which has to be bytes then. */
function fitsResidual(layer: ConvLayer, { output }: ByteForm): boolean {
  const kind = convKind(layer);
  return !layer.residual || kind === "pointwise" || (kind === "dense" && output !== undefined);
}

/** Whether integer kernels compute a layer with weights. */
export function isIntegerProduct(layer: Layer, bytes: ByteForm, constants: Constants): boolean {
  const known =
    (layer.kind === "conv" && convKind(layer) !== "grouped" && fitsResidual(layer, bytes)) ||
    (layer.kind === "convTranspose" && isTransposed2x2(layer)) ||
    layer.kind === "gemm";
  if (!known || !requantization(layer.activation, bytes)) return false;
  const products = productScales(layer, bytes, constants);
  return (
    products !== undefined &&
    isSumBias(layer.bias === undefined ? undefined : constants.get(layer.bias), products)
  );
}

/** The dequantize layer that makes a value; for a product of rows, also where a map of one pixel is only seen as a row in between. */
function dequantizeBehind(value: string, layer: Layer, around: Neighbours): DequantizeLayer | undefined {
  const maker = around.maker(value);
  const [input = ""] = maker?.inputs ?? [];
  const pixel = [...around.dims(value), 1, 1].join() === around.dims(input).join();
  const source = maker?.kind === "reshape" && layer.kind === "gemm" && pixel ? around.maker(input) : maker;
  return source?.kind === "dequantize" ? source : undefined;
}

/** The dequantize layers that make all inputs of a layer; `undefined` where something else makes one. */
export function sourcesOf(layer: Layer, around: Neighbours): readonly DequantizeLayer[] | undefined {
  const makers = layer.inputs.map((value) => dequantizeBehind(value, layer, around));
  const sources = makers.filter((maker) => maker !== undefined);
  return sources.length > 0 && sources.length === makers.length ? sources : undefined;
}

/** Whether a layer gives floats as a product of integers: all but depthwise and transposed convolutions can. */
export function givesFloats(layer: Layer, around: Neighbours, constants: Constants): boolean {
  const kinds = layer.kind === "gemm" || (layer.kind === "conv" && layer.group === 1);
  const sources = kinds && !layer.bytes ? sourcesOf(layer, around) : undefined;
  if (!sources) return false;
  const inputs = sources.map(({ quantization }) => quantization);
  return isIntegerProduct(layer, { inputs, output: undefined }, constants);
}

/** Whether an activation comes with the product; another would make floats of all of it. One that does not clamp, only where its result becomes bytes. */
export function isProductActivation({ kind }: Activation, becomesBytes: boolean): boolean {
  const clamps = ["none", "relu", "clip"].includes(kind);
  return clamps || (becomesBytes && ["hardswish", "hardsigmoid"].includes(kind));
}
