/**
 * The package `edge-vision`: everything for a Worker of one's own. Nothing of Node is in it.
 *
 * @example
 * ```ts
 * import { env } from "cloudflare:workers";
 * import { createApp, createEntrypoint, kernels, Manifest, parseConfig } from "edge-vision";
 * import manifest from "edge-vision/models/manifest.json";
 *
 * const app = createApp({ manifest: Manifest.parse(manifest), engines: [kernels], config: parseConfig(env) });
 * export default app;
 * export class Vision extends createEntrypoint(app) {}
 * ```
 * @module
 */
export { type AppOptions, createApp } from "./app.ts";
export { type Config, parseConfig } from "./config.ts";
export type {
  ClassifyAnswer,
  ClassifyAnswers,
  DetectAnswer,
  DetectAnswers,
  ModelAnswer,
  ModelsAnswer,
  ProblemAnswer,
  SegmentAnswer,
  SegmentAnswers,
  TagAnswer,
  TagAnswers,
} from "./handlers/openapi/answers.ts";
export {
  type ClassifyOptions,
  createEntrypoint,
  type DetectOptions,
  type ImageSource,
  type SegmentOptions,
  type TagOptions,
  type VisionEntrypoint,
  type VisionService,
} from "./rpc.ts";
export type { EngineProvider } from "./runtime/engines/engine.ts";
export { kernels } from "./runtime/engines/kernels/worker.ts";
export { Manifest } from "./runtime/manifest.ts";
