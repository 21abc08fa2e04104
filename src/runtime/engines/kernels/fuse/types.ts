/**
 * What fusions may ask of the graph.
 *
 * @module
 */
import type { InferContext } from "../infer/index.ts";
import type { Layer } from "../layers.ts";

/** What is known about the inputs of a layer's node. */
export type ContextOf = (layer: Layer) => InferContext;
