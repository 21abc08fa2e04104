/**
 * What a model answers to a picture, by the product's own code.
 *
 * @module
 */
import { DEFAULT_LIMITS, readHeader } from "../../src/codecs/index.ts";
import type { Card } from "../../src/runtime/card.ts";
import type { Session } from "../../src/runtime/engines/engine.ts";
import { preprocess } from "../../src/runtime/preprocess/index.ts";
import { classify } from "../../src/runtime/tasks/classification.ts";
import { detect } from "../../src/runtime/tasks/detection/detect.ts";
import type { Detection } from "../../src/runtime/tasks/detection/types.ts";
import { segment } from "../../src/runtime/tasks/segmentation/segment.ts";
import type { ClassMask } from "../../src/runtime/tasks/segmentation/types.ts";

/** A card with its labels resolved, as the manifest has it. */
export type ResolvedCard = Card & { readonly labels: string[] };

/** An open model. */
export interface OpenModel {
  readonly card: ResolvedCard;
  /** By role. */
  readonly sessions: Readonly<Record<string, Session>>;
}

/** A model's answer. */
export type Answer =
  | { readonly task: "classification"; readonly index: number }
  | { readonly task: "detection"; readonly detections: readonly Detection[] }
  | { readonly task: "segmentation"; readonly mask: ClassMask };

/**
 * Asks a model.
 *
 * @param bytes a picture's file
 * @throws {CodecError} where it cannot be decoded
 */
export async function answer({ card, sessions }: OpenModel, bytes: Uint8Array): Promise<Answer> {
  const { output, labels } = card;
  const { input, geometry } = await preprocess(bytes, readHeader(bytes, DEFAULT_LIMITS), card.preprocess, {
    limits: DEFAULT_LIMITS,
    layout: "nchw",
  });
  switch (card.task) {
    case "classification": {
      const [best] = await classify({ output, labels, sessions }, input, { topK: 1 });
      return { task: "classification", index: best?.index ?? -1 };
    }
    case "detection":
      return {
        task: "detection",
        detections: await detect({ output, labels, sessions }, input, geometry, { threshold: 0 }),
      };
    case "segmentation":
      return { task: "segmentation", mask: await segment({ output, sessions }, input, geometry) };
  }
}
