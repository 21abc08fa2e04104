/**
 * Fusion: fewer, larger layers that compute the same.
 *
 * @module
 */
import type { Graph } from "../../../onnx/types.ts";
import { contextOf, type Inference } from "../infer/index.ts";
import type { Network } from "../layers.ts";
import { fuseActivation } from "./activation.ts";
import { clamps, hardForms } from "./hard-forms.ts";
import { fusePad } from "./pad.ts";
import { fuseResidual } from "./residual.ts";
import { type Rewrite, rewriteAll } from "./rewrite.ts";
import { fuseSqueeze } from "./squeeze.ts";
import { fuseStem } from "./stem.ts";

/** Applies all fusions. They hold for every input size, so one run serves all plans of a graph. */
export function fuse(network: Network, graph: Graph, inference: Inference): Network {
  const passes: readonly Rewrite[] = [
    clamps,
    hardForms,
    fusePad((layer) => contextOf(graph, inference, layer.node)),
    fuseActivation,
    fuseSqueeze,
    fuseResidual,
    // Again: a ReLU after a residual sum.
    fuseActivation,
    fuseStem,
  ];
  return passes.reduce((current, pass) => rewriteAll(current, inference, pass), network);
}
