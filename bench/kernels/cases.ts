/**
 * The layers of the networks, as calls of the kernels.
 *
 * @module
 */
import { type Bottleneck, mobilenetV3Settings } from "../../tools/networks/mobilenet-v3-settings.ts";
import { half, type KernelCase, type Maker, PLACES, type Size } from "./case.ts";
import { ACTIVATIONS, makerF32 } from "./maker-f32.ts";
import { makerQ8 } from "./maker-q8.ts";

/** The layers of a MobileNetV3 backbone. */
function backbone(make: Maker, name: string, bottlenecks: readonly Bottleneck[], input: Size): KernelCase[] {
  const cases = make.stem(name, input);
  let size: Size = [half(input[0]), half(input[1])];
  for (const one of bottlenecks) {
    const act = one.activation === "HS" ? "hardswish" : "relu";
    const pixels = size[0] * size[1];
    if (one.expanded !== one.input) {
      cases.push(make.pointwise(`${name} expand`, pixels, one.expanded, one.input, act));
    }
    const stride = one.dilation > 1 ? 1 : one.stride;
    cases.push(
      make.depthwise(`${name} depthwise`, size, one.expanded, one.kernel, stride, one.dilation, act),
    );
    if (stride === 2) size = [half(size[0]), half(size[1])];
    const out = size[0] * size[1];
    if (one.useSe) {
      // torchvision's _make_divisible(expanded / 4, 8).
      const squeeze = Math.max(8, Math.floor((one.expanded / 4 + 4) / 8) * 8);
      cases.push(
        make.sum(`${name} pool`, out, one.expanded),
        make.pointwise(`${name} squeeze`, 1, squeeze, one.expanded, "relu"),
        make.pointwise(`${name} excite`, 1, one.expanded, squeeze),
        make.scale(`${name} scale`, out, one.expanded),
      );
    }
    const residual = stride === 1 && one.input === one.output;
    cases.push(make.pointwise(`${name} project`, out, one.output, one.expanded, "none", residual));
  }
  const last = bottlenecks.at(-1)?.output ?? 0;
  cases.push(make.pointwise(`${name} last`, size[0] * size[1], 6 * last, last, "hardswish"));
  return cases;
}

/** DeepLab's map and LR-ASPP's, at 520×693. */
const MAP: Size = [33, 44];

function networksOf(make: Maker): Record<string, KernelCase[]> {
  const large = mobilenetV3Settings("large").bottlenecks;
  const small = mobilenetV3Settings("small").bottlenecks;
  const dilated = mobilenetV3Settings("large", { dilated: true }).bottlenecks;
  const pixels = MAP[0] * MAP[1];
  return {
    large: [
      ...backbone(make, "large", large, [224, 224]),
      make.pointwise("large classifier", 1, 1280, 960, "hardswish"),
      make.pointwise("large classifier", 1, 1000, 1280),
    ],
    small: [
      ...backbone(make, "small", small, [224, 224]),
      make.pointwise("small classifier", 1, 1024, 576, "hardswish"),
      make.pointwise("small classifier", 1, 1000, 1024),
    ],
    lraspp: [
      ...backbone(make, "lraspp", dilated, [520, 693]),
      make.pointwise("lraspp head", pixels, 128, 960, "relu"),
      make.resize("lraspp resize", MAP, [65, 87], 128),
      make.pointwise("lraspp low", 65 * 87, 24, 40),
      make.pointwise("lraspp high", 65 * 87, 24, 128),
    ],
    deeplab: [
      make.pointwise("deeplab aspp 1×1", pixels, 256, 960, "relu"),
      make.dense("deeplab aspp", MAP, 960, 256, 12, "relu"),
      make.dense("deeplab aspp", MAP, 960, 256, 24, "relu"),
      make.dense("deeplab aspp", MAP, 960, 256, 36, "relu"),
      make.pointwise("deeplab project", pixels, 256, 1280, "relu"),
      make.dense("deeplab head", MAP, 256, 256, 1, "relu"),
      make.pointwise("deeplab scores", pixels, 24, 256),
    ],
    fasterrcnn: [
      make.pointwise("fpn lateral", 25 * 42, 256, 160),
      make.pointwise("fpn lateral", 25 * 42, 256, 960),
      make.dense("fpn layer", [25, 42], 256, 256, 1, "none"),
      make.dense("fpn layer 320", [10, 20], 256, 256, 1, "none"),
      make.dense("rpn pool", [13, 21], 256, 256, 1, "relu"),
      make.pointwise("fc6", 128, 1024, 12544, "relu"),
      make.pointwise("fc7", 128, 1024, 1024, "relu"),
    ],
  };
}

/** Cases of float kernels by network, those that are only floats among them. */
export function casesF32(): Record<string, KernelCase[]> {
  const networks = networksOf(makerF32);
  networks.fasterrcnn?.push(fc6Half(), roiAlign());
  return networks;
}

const { x: X, w: W, y: Y, scratch: S } = PLACES;

/** fc6 with weights stored as fp16. */
function fc6Half(): KernelCase {
  const [m, n, k] = [128, 1024, 12544];
  return {
    layer: `fc6 fp16 ${m}×${n}×${k}`,
    kernel: "gemmF32W16",
    args: [m, n, k, X, 4 * k, W, Y, 4 * n, 0, 0, ...ACTIVATIONS.relu, S],
    macs: m * n * k,
    bytes: 4 * m * (n + k) + 2 * n * k,
  };
}

function roiAlign(): KernelCase {
  return {
    layer: "roi align 128 of 10×20×256",
    kernel: "roiAlignF32",
    args: [X, 4 * 256 * 20, 1024, 10, 20, 256, 128, W, 0, 10, 7, 2, Y],
    macs: 128 * 49 * 4 * 4 * 256,
    bytes: 128 * 49 * 1024,
  };
}

/** Cases of integer kernels by network. */
export function casesQ8(): Record<string, KernelCase[]> {
  return networksOf(makerQ8);
}
