/** Keys as versions of torchvision wrote them. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Architecture } from "../../../tools/networks/architectures.ts";
import { convertStateDict } from "../../../tools/networks/convert.ts";
import { readCheckpoint, type StateDict } from "../../../tools/torch/checkpoint.ts";
import { hasShared, needsShared, readShared } from "../golden/shared.ts";

/** Converts a state dict with its keys renamed; `undefined` drops one. */
function convert(
  architecture: Architecture,
  state: StateDict,
  rename: (key: string) => string | undefined = (key) => key,
) {
  const entries = [...state.tensors].flatMap(([key, tensor]) => {
    const renamed = rename(key);
    return renamed === undefined ? [] : [[renamed, tensor] as const];
  });
  return convertStateDict(architecture, { tensors: new Map(entries), packed: new Map() }, { name: "forms" });
}

/** What a conversion computes with, names aside. */
function dataOf({ graphs, numClasses }: ReturnType<typeof convertStateDict>) {
  return {
    numClasses,
    weights: Object.values(graphs).map((graph) => createHash("sha256").update(graph.weights).digest("hex")),
  };
}

describe.skipIf(!hasShared)(`key forms${needsShared}`, () => {
  test("a detector saved before the pyramid's and the head's layers were nested is the same", async () => {
    const name = "fasterrcnn_mobilenet_v3_large_320_fpn";
    const state = await readCheckpoint(readShared(`checkpoints/${name}.pth`));
    const before = convert(name, state);
    expect(before.numClasses).toBe(91);
    const old = convert(name, state, (key) =>
      key
        .replace(/(inner_blocks|layer_blocks)\.(\d)\.0\./, "$1.$2.")
        .replace("rpn.head.conv.0.0.", "rpn.head.conv."),
    );
    expect(dataOf(old)).toEqual(dataOf(before));
    expect(dataOf(convert("fasterrcnn_mobilenet_v3_large_fpn", state))).toEqual(dataOf(before));
  });

  test("DeepLabV3 is the same with and without its auxiliary classifier", async () => {
    const name = "deeplabv3_mobilenet_v3_large";
    const state = await readCheckpoint(readShared(`checkpoints/${name}.pth`));
    const without = convert(name, state, (key) => (key.startsWith("aux_classifier.") ? undefined : key));
    expect(dataOf(without)).toEqual(dataOf(convert(name, state)));
  });

  test("LR-ASPP has no auxiliary classifier, and refuses one", async () => {
    const name = "lraspp_mobilenet_v3_large";
    const state = await readCheckpoint(readShared(`checkpoints/${name}.pth`));
    expect(() =>
      convert(name, state, (key) =>
        key === "classifier.low_classifier.bias" ? "aux_classifier.4.bias" : key,
      ),
    ).toThrow("1 missing: classifier.low_classifier.bias; 1 unexpected: aux_classifier.4.bias");
  });
});
