/**
 * Tags: what a classifier and a detector say of a picture, as one list of words.
 *
 * @module
 */
import type { Prediction } from "./classification.ts";
import type { Detection } from "./detection/types.ts";

/** Where a tag comes from. */
export type TagSource = "classifier" | "detector";

/** A word for a picture, in the shape of image-tagging services: a name, how sure, and for objects how many. */
export interface Tag {
  readonly label: string;
  /** The highest score that any source gives it, 0 to 1. */
  readonly score: number;
  readonly sources: readonly TagSource[];
  /** How many objects of this name the detector found; absent where it found none. */
  readonly count?: number;
}

/** What the networks found; either may be missing. */
export interface TagInputs {
  readonly predictions?: readonly Prediction[] | undefined;
  readonly detections?: readonly Detection[] | undefined;
}

/** What a request may ask. */
export interface TagOptions {
  /** The lowest score of a classifier's label; 0.1 when not given. */
  readonly classifierThreshold?: number | undefined;
  /** The lowest score of a detector's object; 0.5 when not given. */
  readonly detectorThreshold?: number | undefined;
  /** How many tags at most; all when not given. */
  readonly topK?: number | undefined;
  /** The only labels wanted, letter case aside; all when not given. */
  readonly allow?: readonly string[] | undefined;
  /** Labels not wanted, letter case aside. */
  readonly deny?: readonly string[] | undefined;
}

/** DESIGN.md, HTTP. A classifier's scores are shared out over all its classes, a detector's are not: hence two thresholds. */
export const DEFAULT_CLASSIFIER_THRESHOLD = 0.1;
export const DEFAULT_DETECTOR_THRESHOLD = 0.5;

/** Tells which labels are wanted, letter case aside. A label on both lists is not. */
export function labelFilter({ allow, deny }: Pick<TagOptions, "allow" | "deny">): (label: string) => boolean {
  const allowed = allow && new Set(allow.map(normalise));
  const denied = new Set(deny?.map(normalise));
  return (label) => {
    const name = normalise(label);
    return (allowed === undefined || allowed.has(name)) && !denied.has(name);
  };
}

function normalise(label: string): string {
  return label.trim().toLowerCase();
}

/** A tag while it is being collected. */
interface Draft {
  label: string;
  score: number;
  readonly sources: Set<TagSource>;
  count: number;
}

/**
 * Merges what the networks found. The same name from both (letter case aside) is one tag with the higher score; objects of one class
 * are one tag with their number.
 *
 * @returns tags, best first
 * @example
 * mergeTags({ predictions: [{ label: "tabby", index: 281, score: 0.6 }], detections });
 * // [{ label: "cat", score: 0.97, sources: ["detector"], count: 2 }, { label: "tabby", score: 0.6, sources: ["classifier"] }]
 */
export function mergeTags(inputs: TagInputs, options: TagOptions = {}): Tag[] {
  const {
    classifierThreshold = DEFAULT_CLASSIFIER_THRESHOLD,
    detectorThreshold = DEFAULT_DETECTOR_THRESHOLD,
    topK = Number.POSITIVE_INFINITY,
  } = options;
  const drafts = new Map<string, Draft>();
  const draftOf = (label: string): Draft => {
    const key = normalise(label);
    const draft = drafts.get(key) ?? { label, score: 0, sources: new Set(), count: 0 };
    drafts.set(key, draft);
    return draft;
  };
  const collect = (
    found: readonly { label: string; score: number }[],
    threshold: number,
    source: TagSource,
  ) => {
    for (const { label, score } of found) {
      if (!(score >= threshold)) continue;
      const draft = draftOf(label);
      draft.score = Math.max(draft.score, score);
      draft.sources.add(source);
      if (source === "detector") draft.count++;
    }
  };
  collect(inputs.predictions ?? [], classifierThreshold, "classifier");
  collect(inputs.detections ?? [], detectorThreshold, "detector");
  const wanted = labelFilter(options);
  return [...drafts.values()]
    .filter(({ label }) => wanted(label))
    .sort((a, b) => b.score - a.score)
    .slice(0, topK)
    .map(({ label, score, sources, count }) => ({
      label,
      score,
      sources: [...sources],
      ...(count > 0 && { count }),
    }));
}
