/**
 * torchvision's segmentation networks over a dilated MobileNetV3-Large. Both end before the last interpolation to the image's size: the
 * task does that, without ever holding all classes at full size.
 *
 * @module
 */
import type { Context, Feature } from "./layers.ts";
import { conv2d, convNormActivation, globalAveragePool, resizeLike } from "./layers.ts";
import { mobilenetV3Features, stageIndices } from "./mobilenet-v3.ts";
import { mobilenetV3Settings } from "./mobilenet-v3-settings.ts";

/** eps of a plain `nn.BatchNorm2d`, as the heads have (the backbone has 0.001). */
const HEAD_EPS = 1e-5;

/** Dilations of the three atrous convolutions (`DeepLabHead`, `atrous_rates`). */
const ATROUS_RATES = [12, 24, 36];

/** Keys of DeepLabV3's auxiliary classifier, which only training uses. */
export function isAuxiliary(key: string): boolean {
  return key.startsWith("aux_classifier.");
}

/** `deeplabv3_mobilenet_v3_large` (torchvision/models/segmentation/deeplabv3.py): scores at a 16th of the image's size. */
export function deeplabV3(context: Context, input: Feature): Feature {
  const settings = mobilenetV3Settings("large", { dilated: true });
  const features = mobilenetV3Features(context, input, { settings, key: "backbone" });
  context.onPart("classifier");
  const pyramid = atrousPyramid(context, features.at(-1) ?? input, "classifier.0");
  const keys = { conv: "classifier.1", norm: "classifier.2" };
  const head = convNormActivation(context, pyramid, keys, HEAD_EPS, { kernel: 3, activation: "RE" });
  return conv2d(context, head, "classifier.4", { kernel: 1 });
}

/** `ASPP`: a 1 × 1 convolution, three dilated ones, and the image's mean, side by side, then projected. */
function atrousPyramid(context: Context, input: Feature, key: string): Feature {
  const branch = (i: number) => ({ conv: `${key}.convs.${i}.0`, norm: `${key}.convs.${i}.1` });
  const branches = [convNormActivation(context, input, branch(0), HEAD_EPS, { kernel: 1, activation: "RE" })];
  for (const [i, dilation] of ATROUS_RATES.entries()) {
    const options = { kernel: 3, dilation, activation: "RE" as const };
    branches.push(convNormActivation(context, input, branch(i + 1), HEAD_EPS, options));
  }
  branches.push(imagePooling(context, input, `${key}.convs.${ATROUS_RATES.length + 1}`));
  const channels = sum(branches.map((feature) => feature.channels));
  const values = branches.map((feature) => feature.value);
  const joined = { value: context.graph.node("Concat", values, { axis: 1 }, `${key}.concat`), channels };
  const project = { conv: `${key}.project.0`, norm: `${key}.project.1` };
  return convNormActivation(context, joined, project, HEAD_EPS, { kernel: 1, activation: "RE" });
}

/** `ASPPPooling`: the mean of every channel, convolved, spread over the map again. */
function imagePooling(context: Context, input: Feature, key: string): Feature {
  const pooled = globalAveragePool(context, input, `${key}.0`);
  const keys = { conv: `${key}.1`, norm: `${key}.2` };
  const mean = convNormActivation(context, pooled, keys, HEAD_EPS, { kernel: 1, activation: "RE" });
  return resizeLike(context, mean, input, "linear", `${key}.interpolate`);
}

/** `lraspp_mobilenet_v3_large` (torchvision/models/segmentation/lraspp.py): scores at an 8th of the image's size. */
export function lraspp(context: Context, input: Feature): Feature {
  const settings = mobilenetV3Settings("large", { dilated: true });
  const features = mobilenetV3Features(context, input, { settings, key: "backbone" });
  context.onPart("classifier");
  const low = features[stageIndices(settings).at(-4) ?? 0]; // C2: output stride 8.
  const high = features.at(-1) ?? input; // C5: output stride 16.
  const { graph } = context;
  const keys = { conv: "classifier.cbr.0", norm: "classifier.cbr.1" };
  const x = convNormActivation(context, high, keys, HEAD_EPS, { kernel: 1, activation: "RE" });
  const pooled = globalAveragePool(context, high, "classifier.scale.0");
  const scale = conv2d(context, pooled, "classifier.scale.1", { kernel: 1, bias: false });
  const gate = graph.node("Sigmoid", [scale.value], {}, "classifier.scale.2");
  const gated = { ...x, value: graph.node("Mul", [x.value, gate], {}, "classifier.mul") };
  const enlarged = resizeLike(context, gated, low, "linear", "classifier.interpolate");
  const lowScores = conv2d(context, low, "classifier.low_classifier", { kernel: 1 });
  const highScores = conv2d(context, enlarged, "classifier.high_classifier", { kernel: 1 });
  if (lowScores.channels !== highScores.channels) {
    context.parameters.report("low_classifier and high_classifier have different numbers of classes");
  }
  const value = graph.node("Add", [lowScores.value, highScores.value], {}, "classifier.add");
  return { ...highScores, value };
}

function sum(channels: readonly (number | null)[]): number | null {
  return channels.reduce<number | null>((total, n) => (total === null || n === null ? null : total + n), 0);
}
