/**
 * Fusion: fewer, larger layers that compute the same.
 *
 * @module
 */
import type { Graph } from "../../../onnx/types.ts";
import type { Constants } from "../constants.ts";
import { contextOf, type Inference } from "../infer/index.ts";
import type { Network } from "../layers.ts";
import { fuseActivation } from "./activation.ts";
import { fuseBytes, fuseFloatResult, fuseStepped } from "./bytes.ts";
import { clamps, hardForms } from "./hard-forms.ts";
import { fusePad } from "./pad.ts";
import { quantizeLater } from "./quantize-later.ts";
import { fuseResidual } from "./residual.ts";
import { type Rewrite, rewriteAll } from "./rewrite.ts";
import { fuseSqueeze } from "./squeeze.ts";
import { fuseStem } from "./stem.ts";
import type { ContextOf } from "./types.ts";

/** Applies all fusions. They hold for every input size, so one run serves all plans of a graph. */
export function fuse(network: Network, graph: Graph, constants: Constants, inference: Inference): Network {
  const context: ContextOf = (layer) => contextOf(graph, inference, layer.node);
  const passes: readonly Rewrite[] = [
    clamps,
    hardForms,
    fusePad(context),
    fuseActivation(constants),
    fuseSqueeze,
    fuseResidual(constants),
    // Again: a ReLU after a residual sum.
    fuseActivation(constants),
    quantizeLater,
    // After the float fusions: what is fused between two conversions is one integer layer.
    fuseBytes(constants, context),
    fuseStepped,
    fuseFloatResult(constants),
    fuseStem,
  ];
  return passes.reduce((current, pass) => rewriteAll(current, inference, pass), network);
}
