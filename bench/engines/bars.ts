/**
 * The ratios that the engine is held to.
 *
 * @module
 */

/** Ratios of medians of time, warm; what has no bar is left out. */
export interface Bars {
  /** Our int8 over onnxruntime-web's fp32. */
  readonly int8_ort?: number;
  /** Our int8 over our fp32. */
  readonly int8_fp32?: number;
  /** Our fp32 over onnxruntime-web's. */
  readonly fp32_ort?: number;
}

/** By model, at the size that torchvision's preset makes of a 4:3 photo, or at most (detectors). */
export const BARS: Readonly<Record<string, Bars>> = {
  mobilenet_v3_small: { int8_ort: 0.25, int8_fp32: 0.65, fp32_ort: 0.38 },
  mobilenet_v3_large: { int8_ort: 0.23, int8_fp32: 0.45, fp32_ort: 0.5 },
  mobilenet_v3_large_quantized: { int8_ort: 0.25 },
  lraspp_mobilenet_v3_large: { int8_ort: 0.25, int8_fp32: 0.45, fp32_ort: 0.55 },
  deeplabv3_mobilenet_v3_large: { int8_ort: 0.14, int8_fp32: 0.4, fp32_ort: 0.35 },
  fasterrcnn_mobilenet_v3_large_320_fpn: { int8_ort: 0.2, int8_fp32: 0.38, fp32_ort: 0.55 },
  fasterrcnn_mobilenet_v3_large_fpn: { int8_ort: 0.28, int8_fp32: 0.4, fp32_ort: 0.7 },
};

/** Another size at which models are held to a bar: the segmenters', whose maps then fit caches. */
export const SMALL: readonly [height: number, width: number] = [320, 320];

/** By model, at {@link SMALL}. */
export const SMALL_BARS: Readonly<Record<string, Bars>> = {
  lraspp_mobilenet_v3_large: { fp32_ort: 0.55 },
  deeplabv3_mobilenet_v3_large: { fp32_ort: 0.35 },
};

/** The float network that one without floats stands for. */
export const FLOAT_TWIN: Readonly<Record<string, string>> = {
  mobilenet_v3_large_quantized: "mobilenet_v3_large",
};
