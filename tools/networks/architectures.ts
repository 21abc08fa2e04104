/**
 * The networks that checkpoints are converted to, by the name that cards give them.
 *
 * @module
 */
import { boxHead, ROI_SIZE, regionChannels, regionProposals } from "./faster-rcnn.ts";
import type { Context, Feature } from "./layers.ts";
import { mobilenetV3 } from "./mobilenet-v3.ts";
import type { MobileNetV3Settings } from "./mobilenet-v3-settings.ts";
import { mobilenetV3Settings } from "./mobilenet-v3-settings.ts";
import { quantizedMobilenetV3 } from "./quantized-mobilenet-v3.ts";
import { deeplabV3, isAuxiliary, lraspp } from "./segmentation.ts";

/** One of a network's graphs. */
interface NetworkGraph {
  /** `model` where there is one graph. */
  readonly role: string;
  /** Adds inputs, nodes and outputs. */
  build(context: Context): GraphFacts;
}

/** What building a graph tells about its network. */
interface GraphFacts {
  /** Number of classes, where this graph tells it. */
  readonly classes: number | null;
  /** Keys that belong to the network and are not needed for inference. */
  readonly unused?: (key: string) => boolean;
}

/** A network. */
export interface Network {
  readonly variant: "fp32" | "int8";
  readonly graphs: readonly NetworkGraph[];
}

/** Networks by name: `source.architecture` of the model cards. */
export const NETWORKS = {
  mobilenet_v3_small: classifier(mobilenetV3Settings("small")),
  mobilenet_v3_large: classifier(mobilenetV3Settings("large")),
  mobilenet_v3_large_quantized: quantizedClassifier(mobilenetV3Settings("large")),
  mobilenet_v3_large_075: classifier(mobilenetV3Settings("large_075")),
  fasterrcnn_mobilenet_v3_large_320_fpn: fasterRcnn(),
  fasterrcnn_mobilenet_v3_large_fpn: fasterRcnn(),
  deeplabv3_mobilenet_v3_large: segmenter(deeplabV3, isAuxiliary),
  lraspp_mobilenet_v3_large: segmenter(lraspp),
} as const satisfies Readonly<Record<string, Network>>;

/** The name of a network. */
export type Architecture = keyof typeof NETWORKS;

/** The picture: any batch, any size; three channels. */
function imageInput(context: Context): Feature {
  return { value: context.graph.input("input", ["batch", 3, "height", "width"]), channels: 3 };
}

function classifier(settings: MobileNetV3Settings): Network {
  return {
    variant: "fp32",
    graphs: [
      {
        role: "model",
        build(context) {
          const logits = mobilenetV3(context, imageInput(context), settings);
          context.graph.output("logits", logits.value, ["batch", logits.channels ?? "classes"]);
          return { classes: logits.channels };
        },
      },
    ],
  };
}

function quantizedClassifier(settings: MobileNetV3Settings): Network {
  return {
    variant: "int8",
    graphs: [
      {
        role: "model",
        build(context) {
          const { logits, unused } = quantizedMobilenetV3(context, imageInput(context), settings);
          context.graph.output("logits", logits.value, ["batch", logits.channels ?? "classes"]);
          return { classes: logits.channels, unused };
        },
      },
    ],
  };
}

function segmenter(
  network: (context: Context, input: Feature) => Feature,
  unused: (key: string) => boolean = () => false,
): Network {
  return {
    variant: "fp32",
    graphs: [
      {
        role: "model",
        build(context) {
          const scores = network(context, imageInput(context));
          const dims = ["batch", scores.channels ?? "classes", "out_height", "out_width"];
          context.graph.output("out", scores.value, dims);
          return { classes: scores.channels, unused };
        },
      },
    ],
  };
}

/** Two graphs; both variants (320 and full) have the same layers and differ in how they are used. */
function fasterRcnn(): Network {
  return {
    variant: "fp32",
    graphs: [
      {
        role: "rpn",
        build(context) {
          const { features, objectness, deltas } = regionProposals(context, imageInput(context));
          const emit = (kind: string, levels: readonly Feature[]) => {
            for (const [i, level] of levels.entries()) {
              const dims = ["batch", level.channels ?? "channels", `height_${i}`, `width_${i}`];
              context.graph.output(`${kind}_${i}`, level.value, dims);
            }
          };
          emit("feature", features);
          emit("objectness", objectness);
          emit("deltas", deltas);
          return { classes: null };
        },
      },
      {
        role: "box_head",
        build(context) {
          const channels = regionChannels(context);
          const dims = ["regions", channels ?? "channels", ROI_SIZE, ROI_SIZE];
          const regions = { value: context.graph.input("regions", dims), channels };
          const { logits, offsets } = boxHead(context, regions);
          context.graph.output("class_logits", logits.value, ["regions", logits.channels ?? "classes"]);
          context.graph.output("box_regression", offsets.value, ["regions", offsets.channels ?? "offsets"]);
          return { classes: logits.channels };
        },
      },
    ],
  };
}
