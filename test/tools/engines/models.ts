/** The networks that every engine must run, and what they must give. */
import type { Inputs, Outputs } from "../../../src/runtime/engines/engine.ts";
import {
  convertReference,
  type Graphs,
  importCenternet,
  importSelfie,
  madeChannelsLast,
  madeInput,
  readGolden,
  relativeError,
} from "./support.ts";

/** A network with an input, and how far outputs are from what its original makes of it. */
export interface Model {
  readonly name: string;
  graphs(): Promise<Graphs>;
  /** Inputs to compare engines on, by role; sizes with borders that divide nothing among them. */
  readonly inputs: Readonly<Record<string, readonly Inputs[]>>;
  /** Dims of each input of the largest runs, by role, where they are larger than any of `inputs`. */
  readonly largest?: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** The original's numbers, and the error against them: of the largest magnitude. */
  readonly golden?: {
    readonly role: string;
    readonly inputs: () => Inputs;
    error(outputs: Outputs): number;
    readonly tolerance: number;
  };
}

/** Classifiers are held to 1e-4; detection and segmentation to 1e-3, selfies to 2e-3. */
const CLASSIFIER = 1e-4;
const OTHERS = 1e-3;
const SELFIE = 2e-3;

interface GoldenTensor {
  readonly tensor: { readonly shape: number[]; readonly multiplier: number };
}

const image = (height: number, width: number): Inputs => ({ input: madeInput([1, 3, height, width], 31) });

function classifier(name: string, architecture: Parameters<typeof convertReference>[0], side: number): Model {
  const golden = () => readGolden<{ tensor: GoldenTensor["tensor"] & { logits: number[] } }>(name).tensor;
  return {
    name,
    graphs: () => convertReference(architecture, name),
    inputs: { model: [image(side, side), image(97, 131), { input: madeInput([3, 3, 64, 64], 31) }] },
    golden: {
      role: "model",
      inputs: () => ({ input: madeInput(golden().shape, golden().multiplier) }),
      error: ({ logits }) => relativeError(logits?.data ?? [], golden().logits),
      tolerance: CLASSIFIER,
    },
  };
}

function segmenter(name: "deeplabv3_mobilenet_v3_large" | "lraspp_mobilenet_v3_large"): Model {
  return {
    name,
    graphs: () => convertReference(name, name),
    inputs: { model: [image(320, 320), image(121, 203)] },
    // A 4:3 photo and torchvision's preset; the longest side there may be.
    largest: {
      model: [
        [1, 3, 520, 693],
        [1, 3, 520, 1333],
      ],
    },
  };
}

function detector(): Model {
  const name = "fasterrcnn_mobilenet_v3_large_320_fpn";
  interface Heads {
    readonly features_head: number[][];
    readonly objectness_head: number[][];
    readonly deltas_head: number[][];
  }
  const golden = () => readGolden<{ tensor: GoldenTensor["tensor"] & Heads }>(name).tensor;
  return {
    name,
    graphs: () => convertReference(name, name),
    inputs: {
      rpn: [image(320, 416), image(96, 160)],
      box_head: [1, 7, 150].map((regions) => ({ regions: madeInput([regions, 256, 7, 7], 31) })),
    },
    // The two detectors' largest pictures: they differ in nothing else.
    largest: {
      rpn: [
        [1, 3, 320, 640],
        [1, 3, 800, 1344],
        [1, 3, 1344, 800],
      ],
      box_head: [[1000, 256, 7, 7]],
    },
    golden: {
      role: "rpn",
      inputs: () => ({ input: madeInput(golden().shape, golden().multiplier) }),
      error(outputs) {
        const { features_head, objectness_head, deltas_head } = golden();
        const heads = {
          feature: features_head.slice(0, 2),
          objectness: objectness_head,
          deltas: deltas_head,
        };
        const errors = Object.entries(heads).flatMap(([kind, levels]) =>
          levels.map((head, level) => relativeError(outputs[`${kind}_${level}`]?.data ?? [], head)),
        );
        return Math.max(...errors);
      },
      tolerance: OTHERS,
    },
  };
}

function centernet(): Model {
  const golden = () =>
    readGolden<{ tensor: { shape: number[]; keypoints_head: number[]; wh_head: number[] } }>(
      "centernet_mobilenet_v3",
    ).tensor;
  /** The first values, channels last. */
  const head = (outputs: Outputs, name: string, count: number) => {
    const { dims = [], data = [] } = outputs[name] ?? {};
    const [, channels = 1, height = 1, width = 1] = dims;
    return Array.from(
      { length: count },
      (_, i) => data[(i % channels) * height * width + Math.floor(i / channels)] ?? 0,
    );
  };
  const input = () => madeChannelsLast([1, 3, 512, 512], 1);
  return {
    name: "centernet_mobilenet_v3",
    graphs: importCenternet,
    inputs: { model: [{ input: input() }] },
    golden: {
      role: "model",
      inputs: () => ({ input: input() }),
      error(outputs) {
        const { keypoints_head, wh_head } = golden();
        return Math.max(
          relativeError(head(outputs, "keypoints", keypoints_head.length), keypoints_head),
          relativeError(head(outputs, "wh", wh_head.length), wh_head),
        );
      },
      tolerance: OTHERS,
    },
  };
}

function selfie(name: "selfie_segmentation" | "selfie_segmentation_landscape"): Model {
  const height = name === "selfie_segmentation" ? 256 : 144;
  const golden = () =>
    readGolden<{ models: Record<string, { tensor: { row_100: number[] } }> }>("selfie_segmentation").models[
      name
    ]?.tensor.row_100 ?? [];
  const input = () => madeChannelsLast([1, 3, height, 256], 255);
  return {
    name,
    graphs: async () => importSelfie(name),
    // Golden's input is all background: what is left of it is below the smallest number that onnxruntime's sigmoid gives.
    inputs: { model: [{ input: madeInput([1, 3, height, 256], 31, 255, 0) }] },
    golden: {
      role: "model",
      inputs: () => ({ input: input() }),
      // A mask: the error is absolute, of a probability.
      error(outputs) {
        const [{ data }] = Object.values(outputs);
        return Math.max(...golden().map((value, x) => Math.abs(value - (data[100 * 256 + x] ?? Number.NaN))));
      },
      tolerance: SELFIE,
    },
  };
}

/** Networks converted from the reference checkpoints. */
export const REFERENCE_MODELS: readonly Model[] = [
  classifier("mobilenet_v3_small", "mobilenet_v3_small", 224),
  classifier("mobilenet_v3_large", "mobilenet_v3_large", 224),
  classifier("mobilenet_v3_large_w050_c10", "mobilenet_v3_large", 224),
  classifier("mobilenet_v3_large_075_tiny_imagenet", "mobilenet_v3_large_075", 128),
  detector(),
  segmenter("deeplabv3_mobilenet_v3_large"),
  segmenter("lraspp_mobilenet_v3_large"),
];

/** Networks imported from npm packages. */
export const IMPORTED_MODELS: readonly Model[] = [
  centernet(),
  selfie("selfie_segmentation"),
  selfie("selfie_segmentation_landscape"),
];
