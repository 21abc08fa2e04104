/**
 * The tables of MobileNetV3: paper, tables 1 and 2; torchvision/models/mobilenetv3.py, `_mobilenet_v3_conf`.
 *
 * @module
 */

/** One row of the table: torchvision's `InvertedResidualConfig`. */
export interface Bottleneck {
  readonly input: number;
  readonly kernel: number;
  readonly expanded: number;
  readonly output: number;
  readonly useSe: boolean;
  readonly activation: "RE" | "HS";
  readonly stride: number;
  readonly dilation: number;
}

/** A whole table. */
export interface MobileNetV3Settings {
  readonly bottlenecks: readonly Bottleneck[];
  /** Channels of the hidden layer of the classifier. */
  readonly lastChannel: number;
}

/** torchvision's knobs. */
export interface MobileNetV3Options {
  /** Multiplies all channel counts, which are then rounded to multiples of 8. */
  readonly widthMult?: number;
  /** Halves the channels of the last blocks (C4, C5). */
  readonly reducedTail?: boolean;
  /** Dilates C4 instead of striding: segmentation's output stride 16. */
  readonly dilated?: boolean;
}

/** A row as the paper prints it: input, kernel, expanded, output, SE, non-linearity, stride. */
type Row = readonly [number, number, number, number, "SE" | "", "RE" | "HS", number];

const LARGE: readonly Row[] = [
  [16, 3, 16, 16, "", "RE", 1],
  [16, 3, 64, 24, "", "RE", 2], // C1
  [24, 3, 72, 24, "", "RE", 1],
  [24, 5, 72, 40, "SE", "RE", 2], // C2
  [40, 5, 120, 40, "SE", "RE", 1],
  [40, 5, 120, 40, "SE", "RE", 1],
  [40, 3, 240, 80, "", "HS", 2], // C3
  [80, 3, 200, 80, "", "HS", 1],
  [80, 3, 184, 80, "", "HS", 1],
  [80, 3, 184, 80, "", "HS", 1],
  [80, 3, 480, 112, "SE", "HS", 1],
  [112, 3, 672, 112, "SE", "HS", 1],
  [112, 5, 672, 160, "SE", "HS", 2], // C4
  [160, 5, 960, 160, "SE", "HS", 1],
  [160, 5, 960, 160, "SE", "HS", 1],
];

const SMALL: readonly Row[] = [
  [16, 3, 16, 16, "SE", "RE", 2], // C1
  [16, 3, 72, 24, "", "RE", 2], // C2
  [24, 3, 88, 24, "", "RE", 1],
  [24, 5, 96, 40, "SE", "HS", 2], // C3
  [40, 5, 240, 40, "SE", "HS", 1],
  [40, 5, 240, 40, "SE", "HS", 1],
  [40, 5, 120, 48, "SE", "HS", 1],
  [48, 5, 144, 48, "SE", "HS", 1],
  [48, 5, 288, 96, "SE", "HS", 2], // C4
  [96, 5, 576, 96, "SE", "HS", 1],
  [96, 5, 576, 96, "SE", "HS", 1],
];

/**
 * A Large of 0.75 as TensorFlow scales it (the expansion times the scaled input, where torchvision scales the expanded number), with
 * kernels and squeeze-and-excitation of https://github.com/610265158/mobilenetv3_centernet, from whose convolutions it was trained.
 */
const LARGE_075: readonly Row[] = [
  [16, 3, 16, 16, "", "RE", 1],
  [16, 3, 64, 24, "", "RE", 2],
  [24, 3, 72, 24, "", "RE", 1],
  [24, 5, 72, 32, "SE", "RE", 2],
  [32, 5, 96, 32, "SE", "RE", 1],
  [32, 5, 96, 32, "SE", "RE", 1],
  [32, 3, 192, 64, "", "HS", 2],
  [64, 3, 160, 64, "", "HS", 1],
  [64, 3, 144, 64, "", "HS", 1],
  [64, 3, 144, 64, "", "HS", 1],
  [64, 3, 384, 88, "SE", "HS", 1],
  [88, 3, 528, 88, "SE", "HS", 1],
  [88, 5, 528, 120, "SE", "HS", 2],
  [120, 5, 720, 120, "SE", "HS", 1],
  [120, 5, 720, 120, "SE", "HS", 1],
];

/** The tables by name: rows, channels of the classifier's hidden layer (C5), and the row where C4 begins. */
const TABLES = {
  large: { rows: LARGE, last: 1280, c4: 12 },
  small: { rows: SMALL, last: 1024, c4: 8 },
  large_075: { rows: LARGE_075, last: 1024, c4: 12 },
} as const;

/** torchvision's `_make_divisible`: the nearest multiple of 8, never more than a tenth below the number. */
function makeDivisible(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

/**
 * A table with torchvision's knobs applied.
 *
 * The converter uses its kernels, strides, dilations, squeeze-and-excitation and activations, and takes **all channel counts from the
 * checkpoint**; so one table serves every width and a pruned network too. The channels here say what the original has.
 */
export function mobilenetV3Settings(
  table: keyof typeof TABLES,
  { widthMult = 1, reducedTail = false, dilated = false }: MobileNetV3Options = {},
): MobileNetV3Settings {
  const { rows, last, c4 } = TABLES[table];
  const divider = reducedTail ? 2 : 1;
  const adjust = (channels: number) => makeDivisible(channels * widthMult);
  const bottlenecks = rows.map(([input, kernel, expanded, output, se, activation, stride], i) => ({
    input: adjust(i > c4 ? input / divider : input),
    kernel,
    expanded: adjust(i > c4 ? expanded / divider : expanded),
    output: adjust(i >= c4 ? output / divider : output),
    useSe: se === "SE",
    activation,
    stride,
    dilation: dilated && i >= c4 ? 2 : 1,
  }));
  return { bottlenecks, lastChannel: adjust(last / divider) };
}
