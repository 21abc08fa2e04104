/**
 * torchvision's Faster R-CNN over MobileNetV3-Large with a feature pyramid, in two graphs. What lies between and after them (anchors,
 * proposals, RoIAlign, suppression) has control flow and is the detection task's.
 *
 * @module
 */
import type { Context, Feature } from "./layers.ts";
import { conv2d, conv2dModule, linear, resizeLike } from "./layers.ts";
import { mobilenetV3Features, stageIndices } from "./mobilenet-v3.ts";
import { mobilenetV3Settings } from "./mobilenet-v3-settings.ts";

/**
 * eps of the backbone's batch norms in detectors: `norm_layer` is there `FrozenBatchNorm2d` (or `nn.BatchNorm2d`) with its own
 * default, not MobileNetV3's 0.001.
 */
const DETECTION_EPS = 1e-5;

/** Side of the regions that RoIAlign cuts out (`MultiScaleRoIAlign`, `output_size`). */
export const ROI_SIZE = 7;

/** What the first graph gives. */
export interface RpnOutputs {
  /** The levels that regions are cut from, finest first: torchvision's `0` and `1`. */
  readonly features: readonly Feature[];
  /** For these levels and the pooled one, a score an anchor and position. */
  readonly objectness: readonly Feature[];
  /** As above, four offsets an anchor and position. */
  readonly deltas: readonly Feature[];
}

/** Backbone, feature pyramid and RPN head (`_mobilenet_extractor`, `FeaturePyramidNetwork`, `RPNHead`). */
export function regionProposals(context: Context, input: Feature): RpnOutputs {
  const settings = mobilenetV3Settings("large");
  const body = mobilenetV3Features(context, input, { settings, key: "backbone.body", eps: DETECTION_EPS });
  context.onPart("backbone.fpn");
  // `returned_layers = [num_stages - 2, num_stages - 1]`: C4 and C5, both at a 32nd of the image's size.
  const stages = stageIndices(settings).slice(-2);
  const features = featurePyramid(
    context,
    stages.map((i) => body[i]),
  );
  const last = features[features.length - 1];
  // `LastLevelMaxPool`: `F.max_pool2d(x, kernel_size=1, stride=2)`.
  const pooling = { kernel_shape: [1, 1], strides: [2, 2] };
  const pool = { ...last, value: context.graph.node("MaxPool", [last.value], pooling, "backbone.fpn.pool") };
  context.onPart("rpn.head");
  const head = rpnHead(context, last.channels);
  const levels = [...features, pool].map(head);
  return {
    features,
    objectness: levels.map((level) => level.objectness),
    deltas: levels.map((level) => level.deltas),
  };
}

/** `FeaturePyramidNetwork`: lateral 1 × 1 convolutions, the coarser level added, a 3 × 3 convolution on each. */
function featurePyramid(context: Context, inputs: readonly Feature[]): readonly Feature[] {
  const results: Feature[] = [];
  let coarser: Feature | undefined;
  for (let i = inputs.length - 1; i >= 0; i--) {
    const inner = fpnKey(context, "inner_blocks", i);
    const lateral = conv2d(context, inputs[i], inner, { kernel: 1 });
    let merged = lateral;
    if (coarser) {
      const topDown = resizeLike(context, coarser, lateral, "nearest", `${inner}.top_down`);
      merged = {
        ...lateral,
        value: context.graph.node("Add", [lateral.value, topDown.value], {}, `${inner}.add`),
      };
    }
    coarser = merged;
    results.unshift(conv2d(context, merged, fpnKey(context, "layer_blocks", i), { kernel: 3 }));
  }
  return results;
}

/** The key of a block of the pyramid: files written before torchvision 0.13 lack the inner `.0` (`_version` 2). */
function fpnKey(context: Context, block: string, i: number): string {
  const old = `backbone.fpn.${block}.${i}`;
  return context.parameters.has(`${old}.weight`) ? old : `${old}.0`;
}

/** `RPNHead`: the same convolutions on every level. */
function rpnHead(
  context: Context,
  channels: number | null,
): (feature: Feature) => { objectness: Feature; deltas: Feature } {
  // Files written before torchvision 0.13 have `conv`, newer ones `conv.0.0` (`_version` 2).
  const key = context.parameters.has("rpn.head.conv.weight") ? "rpn.head.conv" : "rpn.head.conv.0.0";
  const conv = conv2dModule(context, channels, key, { kernel: 3, activation: "RE" });
  const scores = conv2dModule(context, channels, "rpn.head.cls_logits", { kernel: 1 });
  const offsets = conv2dModule(context, channels, "rpn.head.bbox_pred", { kernel: 1 });
  return (feature) => {
    const hidden = conv(feature);
    return { objectness: scores(hidden), deltas: offsets(hidden) };
  };
}

/** Channels of the regions that the box head takes, from its first layer's shape. */
export function regionChannels(context: Context): number | null {
  const inputs = context.parameters.shapeOf("roi_heads.box_head.fc6.weight")?.[1];
  if (inputs === undefined) return null;
  const channels = inputs / (ROI_SIZE * ROI_SIZE);
  if (Number.isInteger(channels)) return channels;
  context.parameters.report(
    `roi_heads.box_head.fc6 takes ${inputs} inputs, no multiple of ${ROI_SIZE} × ${ROI_SIZE}`,
  );
  return null;
}

/**
 * `TwoMLPHead` and `FastRCNNPredictor`: from `[regions, channels, 7, 7]` to class logits and box offsets.
 *
 * fc6 holds two thirds of all weights, 51 MB, which would leave an isolate no room for a picture of 800×1333: it is stored as halves.
 */
export function boxHead(context: Context, regions: Feature): { logits: Feature; offsets: Feature } {
  context.onPart("roi_heads");
  const { graph } = context;
  const inputs = regions.channels === null ? null : regions.channels * ROI_SIZE * ROI_SIZE;
  const flat = { value: graph.node("Flatten", [regions.value], { axis: 1 }, "flatten"), channels: inputs };
  const relu = (feature: Feature, name: string) => ({
    ...feature,
    value: graph.node("Relu", [feature.value], {}, name),
  });
  const fc6 = relu(linear(context, flat, "roi_heads.box_head.fc6", "fp16"), "roi_heads.box_head.relu6");
  const fc7 = relu(linear(context, fc6, "roi_heads.box_head.fc7"), "roi_heads.box_head.relu7");
  const logits = linear(context, fc7, "roi_heads.box_predictor.cls_score");
  const offsets = linear(context, fc7, "roi_heads.box_predictor.bbox_pred");
  if (logits.channels !== null && offsets.channels !== null && offsets.channels !== logits.channels * 4) {
    context.parameters.report(
      `box_predictor has ${logits.channels} classes and ${offsets.channels} box offsets, not four a class`,
    );
  }
  return { logits, offsets };
}
