/**
 * The passes that bring an imported network into the form that fusing compilers know.
 *
 * @module
 */
import type { Network } from "../graph.ts";
import { recogniseClips, recogniseHardSwish } from "./activations.ts";
import { foldAffine } from "./affine.ts";
import { joinReshapes } from "./reshapes.ts";
import { removeDead } from "./rewrite.ts";
import { pushScales } from "./scales.ts";
import { foldPads, recogniseDilations } from "./windows.ts";

/**
 * Simplifies a network: convolutions take in biases, batch normalisation, factors, padding and dilation, and written-out activations
 * become what they are. What is computed stays the same up to rounding.
 */
export function simplify(network: Network): Network {
  // Gates are found before their `+ 3` is folded into a bias, hard-swish once the factors within it are out of the way.
  const passes = [
    removeDead,
    joinReshapes,
    recogniseClips,
    pushScales,
    recogniseHardSwish,
    recogniseDilations,
    foldAffine,
    foldPads,
  ];
  return passes.reduce((current, pass) => pass(current), network);
}
