/**
 * MobileNetV3 (https://arxiv.org/abs/1905.02244, tables 1 and 2) as torchvision defines it (torchvision/models/mobilenetv3.py).
 *
 * @module
 */
import type { Context, Feature } from "./layers.ts";
import { activate, conv2d, convNormActivation, globalAveragePool, hardSigmoid, linear } from "./layers.ts";
import type { Bottleneck, MobileNetV3Settings } from "./mobilenet-v3-settings.ts";

/**
 * torchvision's eps of the batch norms of a MobileNetV3 that is built without a `norm_layer`
 * (`partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)`).
 */
export const MOBILENET_V3_EPS = 0.001;

/** How `features` of a MobileNetV3 is read. */
export interface BackboneOptions {
  readonly settings: MobileNetV3Settings;
  /** Key of `features`: `features` in the classifier, `backbone.body` in detectors. */
  readonly key: string;
  readonly eps?: number;
}

/** Outputs of all parts of `features`: the first convolution, the bottlenecks, the last convolution. */
export type BackboneFeatures = readonly Feature[];

/** The classifier, from the image to `logits`. */
export function mobilenetV3(context: Context, input: Feature, settings: MobileNetV3Settings): Feature {
  const features = mobilenetV3Features(context, input, { settings, key: "features" });
  context.onPart("classifier");
  const pooled = globalAveragePool(context, features.at(-1) ?? input, "avgpool");
  const vector = { ...pooled, value: context.graph.node("Flatten", [pooled.value], { axis: 1 }, "flatten") };
  const hidden = activate(context, linear(context, vector, "classifier.0"), "HS", "classifier.1");
  return linear(context, hidden, "classifier.3");
}

/** torchvision's `features`: the backbone of every network here. */
export function mobilenetV3Features(
  context: Context,
  input: Feature,
  options: BackboneOptions,
): BackboneFeatures {
  const { settings, key, eps = MOBILENET_V3_EPS } = options;
  const keys = (i: number) => ({ conv: `${key}.${i}.0`, norm: `${key}.${i}.1` });
  context.onPart(`${key}.0`);
  const outputs = [
    convNormActivation(context, input, keys(0), eps, { kernel: 3, stride: 2, activation: "HS" }),
  ];
  let last = outputs[0];
  for (const [i, bottleneck] of settings.bottlenecks.entries()) {
    context.onPart(`${key}.${i + 1}`);
    last = invertedResidual(context, last, bottleneck, `${key}.${i + 1}.block`, eps);
    outputs.push(last);
  }
  const end = settings.bottlenecks.length + 1;
  context.onPart(`${key}.${end}`);
  outputs.push(convNormActivation(context, last, keys(end), eps, { kernel: 1, activation: "HS" }));
  return outputs;
}

/** torchvision's `InvertedResidual`: expand, depthwise, squeeze and excite, project; added to its input where the shapes allow. */
function invertedResidual(
  context: Context,
  input: Feature,
  bottleneck: Bottleneck,
  key: string,
  eps: number,
): Feature {
  const { kernel, useSe, activation, stride, dilation } = bottleneck;
  let layer = 0;
  const keys = () => {
    const at = `${key}.${layer++}`;
    return { conv: `${at}.0`, norm: `${at}.1` };
  };
  let x = input;
  if (hasExpansion(context, bottleneck, key)) {
    x = convNormActivation(context, x, keys(), eps, { kernel: 1, activation });
  }
  x = convNormActivation(context, x, keys(), eps, {
    kernel,
    // A dilated block keeps the resolution that its stride would have halved.
    stride: dilation > 1 ? 1 : stride,
    dilation,
    depthwise: true,
    activation,
  });
  if (useSe) x = squeezeExcitation(context, x, `${key}.${layer++}`);
  x = convNormActivation(context, x, keys(), eps, { kernel: 1 });
  if (!isResidual(bottleneck, input, x)) return x;
  return { ...x, value: context.graph.node("Add", [x.value, input.value], {}, `${key}.add`) };
}

/**
 * Whether a block begins with a 1 × 1 expansion. torchvision leaves it out where it would not change the number of channels;
 * the checkpoint's first kernel tells (a depthwise one is 3 × 3 or 5 × 5), so that any channel counts load.
 */
export function hasExpansion(context: Context, bottleneck: Bottleneck, key: string): boolean {
  const first = context.parameters.shapeOf(`${key}.0.0.weight`);
  if (first?.length === 4) return first[2] === 1;
  return bottleneck.expanded !== bottleneck.input;
}

/** torchvision's `use_res_connect`. Channels that the file did not tell are taken to match: no second error for them. */
export function isResidual(bottleneck: Bottleneck, input: Feature, output: Feature): boolean {
  return bottleneck.stride === 1 && input.channels === output.channels;
}

/** torchvision's `ops.misc.SqueezeExcitation` with h-sigmoid. */
function squeezeExcitation(context: Context, input: Feature, key: string): Feature {
  const squeezed = globalAveragePool(context, input, `${key}.avgpool`);
  const hidden = conv2d(context, squeezed, `${key}.fc1`, { kernel: 1, activation: "RE" });
  const excited = conv2d(context, hidden, `${key}.fc2`, { kernel: 1 });
  const scale = hardSigmoid(context, excited, `${key}.scale`);
  return { ...input, value: context.graph.node("Mul", [scale.value, input.value], {}, `${key}.mul`) };
}

/** Indices into `features` of the stages C0, C1, …, Cn: the first, those with a stride, the last (torchvision's `stage_indices`). */
export function stageIndices(settings: MobileNetV3Settings): readonly number[] {
  const strided = settings.bottlenecks.flatMap((bottleneck, i) => (bottleneck.stride > 1 ? [i + 1] : []));
  return [0, ...strided, settings.bottlenecks.length + 1];
}
