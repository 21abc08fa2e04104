/**
 * Model cards: what a model is, where it comes from, how pictures are prepared for it and how its outputs read.
 * One JSON file a model in `models/cards`; a user's own model brings its own (`npm run models -- add --card`).
 *
 * @module
 */
import * as z from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 digest is 64 lower-case hex digits");
const rgb = z.tuple([z.number(), z.number(), z.number()]);

/** Tasks, as routes and cards name them. */
export const Task = z.enum(["classification", "detection", "segmentation"]);
export type Task = z.infer<typeof Task>;

/** How 8-bit RGB becomes the network's floats: `(byte * scale - mean[c]) / std[c]`. */
const normalization = {
  scale: z.number().default(1 / 255),
  mean: rgb.default([0, 0, 0]),
  std: rgb.default([1, 1, 1]),
};

/** How a picture is brought to the network's size. All resizing is bilinear. */
export const Preprocess = z.discriminatedUnion("kind", [
  /** torchvision's `ImageClassification` preset: shorter side to `resize` (antialiased, as Pillow), centre crop. */
  z.strictObject({
    kind: z.literal("resize_crop"),
    resize: z.int().min(1),
    crop: z.int().min(1),
    ...normalization,
  }),
  /** torchvision's `SemanticSegmentation` preset: shorter side to `resize` (antialiased); the longer at most `max_size`. */
  z.strictObject({
    kind: z.literal("resize"),
    resize: z.int().min(1),
    max_size: z.int().min(1).default(1333),
    ...normalization,
  }),
  /** torchvision's `GeneralizedRCNNTransform`: shorter side to `min_size`, longer at most `max_size` (not antialiased), padded. */
  z.strictObject({
    kind: z.literal("generalized_rcnn"),
    min_size: z.int().min(1),
    max_size: z.int().min(1),
    size_divisible: z.int().min(1).default(32),
    ...normalization,
  }),
  /** The longer side to `size` (antialiased), top left, the rest zero. */
  z.strictObject({ kind: z.literal("letterbox"), size: z.int().min(1), ...normalization }),
  /** Stretched to `width` by `height` (antialiased), aspect not kept. */
  z.strictObject({
    kind: z.literal("stretch"),
    width: z.int().min(1),
    height: z.int().min(1),
    ...normalization,
  }),
]);
export type Preprocess = z.infer<typeof Preprocess>;

/** How the network's outputs read. */
export const Output = z.discriminatedUnion("kind", [
  /** One tensor `[N, classes]`; scores by softmax, sigmoid, or as they are. */
  z.strictObject({
    kind: z.literal("logits"),
    function_to_apply: z.enum(["softmax", "sigmoid", "none"]).default("softmax"),
  }),
  /**
   * torchvision's Faster R-CNN in two graphs, `rpn` and `box_head`. Names and defaults are those of `torchvision.models.detection.FasterRCNN`.
   */
  z.strictObject({
    kind: z.literal("faster_rcnn"),
    anchor_sizes: z.array(z.array(z.number())).default([
      [32, 64, 128, 256, 512],
      [32, 64, 128, 256, 512],
      [32, 64, 128, 256, 512],
    ]),
    aspect_ratios: z.array(z.number()).default([0.5, 1, 2]),
    rpn_pre_nms_top_n_test: z.int().min(1).default(1000),
    rpn_post_nms_top_n_test: z.int().min(1).default(1000),
    rpn_nms_thresh: z.number().default(0.7),
    rpn_score_thresh: z.number().default(0),
    box_score_thresh: z.number().default(0.05),
    box_nms_thresh: z.number().default(0.5),
    box_detections_per_img: z.int().min(1).default(100),
  }),
  /** CenterNet peaks: see the card of `centernet_mobilenet_v3`. */
  z.strictObject({
    kind: z.literal("centernet"),
    stride: z.int().min(1),
    top_k: z.int().min(1).default(100),
  }),
  /** Any detector whose graph gives decoded boxes: `boxes` [N, 4] (`xyxy` in input pixels), `scores` [N], `labels` [N]. */
  z.strictObject({ kind: z.literal("boxes") }),
  /** Scores a class and pixel, `[N, classes, h, w]`, at any resolution. The label is the largest. */
  z.strictObject({ kind: z.literal("class_scores") }),
  /** One probability a pixel, `[N, 1, h, w]`: foreground (class 1) where it is over `threshold`. */
  z.strictObject({ kind: z.literal("probability"), threshold: z.number().default(0.5) }),
]);
export type Output = z.infer<typeof Output>;

/** A published set of weights: where its file is and how it is recognised. */
export const Weights = z.strictObject({
  /** torchvision's name: `IMAGENET1K_V2`. */
  name: z.string(),
  /** The file's name at the model host, and in torch's cache. */
  file: z.string(),
  /** The folder below the host's `/models/`. */
  folder: z.string().default(""),
  bytes: z.int().optional(),
  sha256: sha256.optional(),
  /** Where only the first digits of the digest are known (they are part of the file's name). */
  sha256_prefix: z
    .string()
    .regex(/^[0-9a-f]{8}$/)
    .optional(),
  /** What these weights change in the card (another `resize`, other accuracies). */
  preprocess: Preprocess.optional(),
  accuracy: z.array(z.lazy(() => Accuracy)).optional(),
});
export type Weights = z.infer<typeof Weights>;

/** An accuracy as published, or as measured by us. */
export const Accuracy = z.strictObject({
  metric: z.string(),
  value: z.number(),
  dataset: z.string(),
  /** Who says so. */
  source: z.string(),
});
export type Accuracy = z.infer<typeof Accuracy>;

/**
 * Where a network is cut: names of the converted graph's outputs by the names of tensors in the source. What stands behind them there (top-k,
 * decoding) is left out. Absent: the source's own outputs.
 */
const cutOutputs = z.record(z.string(), z.string()).optional();

/** Where a model comes from. */
export const Source = z.discriminatedUnion("kind", [
  /** A torch checkpoint of one of torchvision's architectures. */
  z.strictObject({
    kind: z.literal("torchvision"),
    architecture: z.enum([
      "mobilenet_v3_small",
      "mobilenet_v3_large",
      "mobilenet_v3_large_quantized",
      "mobilenet_v3_large_075",
      "fasterrcnn_mobilenet_v3_large_320_fpn",
      "fasterrcnn_mobilenet_v3_large_fpn",
      "deeplabv3_mobilenet_v3_large",
      "lraspp_mobilenet_v3_large",
    ]),
    /** Published weights, the default first; empty for a user's own checkpoint. */
    weights: z.array(Weights).default([]),
    /** A user's own checkpoint, relative to the card. */
    checkpoint: z.string().optional(),
  }),
  /** A TensorFlow.js graph model (`model.json` and its shards) in an npm package, or relative to the card. */
  z.strictObject({
    kind: z.literal("tfjs"),
    package: z.string().optional(),
    file: z.string(),
    outputs: cutOutputs,
  }),
  /** A TensorFlow Lite file in an npm package, or relative to the card. */
  z.strictObject({
    kind: z.literal("tflite"),
    package: z.string().optional(),
    file: z.string(),
    outputs: cutOutputs,
  }),
  /** An ONNX file, relative to the card; run by onnxruntime-web where the kernels do not support it. */
  z.strictObject({ kind: z.literal("onnx"), file: z.string() }),
  /** Converted artifacts that the repository carries in `models/embedded`. */
  z.strictObject({ kind: z.literal("embedded"), origin: z.string() }),
]);
export type Source = z.infer<typeof Source>;

/** A model card. */
export const Card = z.strictObject({
  $schema: z.string().optional(),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, "lower-case letters, digits, '_', '-' and '.', 64 at most"),
  task: Task,
  description: z.string(),
  /** SPDX identifier of the weights' licence. */
  licence: z.string(),
  attribution: z.string().optional(),
  source: Source,
  preprocess: Preprocess,
  output: Output,
  /** A file of `models/labels` (without `.json`), or the labels themselves, in the order of the class index. */
  labels: z.union([z.string(), z.array(z.string())]),
  accuracy: z.array(Accuracy).default([]),
  /** What quantization does less coarsely than the rest; `npm run models -- quantize <name> --search` finds what matters; names of the fp32 graph. */
  quantization: z
    .strictObject({
      /** Values that stay in fp32, and with them the layers that take them. */
      exact: z.array(z.string()).default([]),
      /** Layers whose weights go up to ±127, the others' up to ±63. */
      wide: z.array(z.string()).default([]),
    })
    .optional(),
});
export type Card = z.infer<typeof Card>;
