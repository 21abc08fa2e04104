/**
 * `edge-vision/parts`: the parts alone, for programs that are no HTTP service. They run in Workers and in browsers' bundlers alike.
 *
 * @example
 * ```ts
 * const header = readHeader(bytes, DEFAULT_LIMITS);
 * const { input, geometry } = await preprocess(bytes, header, card.preprocess, { limits: DEFAULT_LIMITS });
 * const objects = await detect({ output: card.output, labels, sessions }, input, geometry);
 * ```
 * @module
 */
export * from "./codecs/index.ts";
export type { Card } from "./runtime/card.ts";
export type {
  Engine,
  GraphSource,
  Inputs,
  Outputs,
  PictureTensor,
  RowTensor,
  Session,
  Tensor,
} from "./runtime/engines/engine.ts";
export { preprocess } from "./runtime/preprocess/index.ts";
export { classify } from "./runtime/tasks/classification.ts";
export { detect } from "./runtime/tasks/detection/detect.ts";
export { describeMask } from "./runtime/tasks/segmentation/formats/describe.ts";
export { segment } from "./runtime/tasks/segmentation/segment.ts";
export { mergeTags } from "./runtime/tasks/tagging.ts";
