/**
 * The two models that come with npm packages, from the photo's pixels to a figure of accuracy, against what their own runtimes reach
 * on the same photos (golden: TensorFlow.js and LiteRT).
 */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode } from "../../../src/codecs/index.ts";
import type { Card } from "../../../src/runtime/card.ts";
import type { Session } from "../../../src/runtime/engines/engine.ts";
import { detect } from "../../../src/runtime/tasks/detection/detect.ts";
import { segment } from "../../../src/runtime/tasks/segmentation/segment.ts";
import { averagePrecision, type CocoBox, type EvaluatedImage } from "../../../tools/evaluate/coco.ts";
import { maskOverlap } from "../../../tools/evaluate/mask-iou.ts";
import { convertModel } from "../../../tools/models/convert.ts";
import {
  hasShared,
  needsShared,
  openSession,
  preparePhoto,
  readCard,
  readGolden,
  readShared,
} from "./shared.ts";

/** Converts a model of an npm package as `npm start` does. */
async function openPackaged(card: Card): Promise<Session> {
  const { source } = card;
  if (!("package" in source && source.package)) throw new Error(`${card.name} is not in an npm package`);
  const file = new URL(`../../../node_modules/${source.package}/${source.file}`, import.meta.url);
  const { variants } = await convertModel(card, fileURLToPath(file));
  if (!variants.fp32) throw new Error(`${card.name} has no fp32 variant`);
  return openSession(variants.fp32.model);
}

interface Boxes {
  readonly photos: Record<string, { boxes: { category: number; label: string; bbox: CocoBox }[] }>;
}

describe.skipIf(!hasShared)(`centernet_mobilenet_v3${needsShared}`, () => {
  test("finds objects as precisely as TensorFlow.js", async () => {
    const { card, labels } = readCard("centernet_mobilenet_v3");
    const detector = { output: card.output, labels, sessions: { model: await openPackaged(card) } };
    const { photos }: Boxes = JSON.parse(new TextDecoder().decode(readShared("photos/coco_cc/boxes.json")));
    const images: EvaluatedImage[] = [];
    for (const [name, { boxes }] of Object.entries(photos)) {
      const { input, geometry } = await preparePhoto(`coco_cc/train2017/${name}`, card);
      const found = await detect(detector, input, geometry, { threshold: 0 });
      images.push({
        truths: boxes,
        found: found.map(({ index, score, box: { xmin, ymin, xmax, ymax } }) => ({
          category: index,
          score,
          bbox: [xmin, ymin, xmax - xmin, ymax - ymin],
        })),
      });
    }
    const reached = averagePrecision(images);
    expect(images).toHaveLength(26);
    // TensorFlow.js: 0.4407 and 0.6003.
    expect(reached.ap).toBeGreaterThanOrEqual(0.43);
    expect(reached.ap50).toBeGreaterThanOrEqual(0.59);
  }, 120_000);
});

interface Selfies {
  readonly models: Record<
    string,
    { photos: Record<string, { person_iou?: number }>; mean_person_iou: number }
  >;
}

/** VOC's class. */
const PERSON = 15;

describe.skipIf(!hasShared).each(["selfie_segmentation", "selfie_segmentation_landscape"])(
  `%s${needsShared}`,
  (name) => {
    test("covers people as well as LiteRT", async () => {
      const { card } = readCard(name);
      const segmenter = { output: card.output, sessions: { model: await openPackaged(card) } };
      const golden = readGolden<Selfies>("selfie_segmentation").models[name];
      const overlaps: number[] = [];
      for (const [photo, { person_iou }] of Object.entries(golden.photos)) {
        if (person_iou === undefined) continue;
        const { input, geometry } = await preparePhoto(photo, card);
        const { classes } = await segment(segmenter, input, geometry);
        const file = photo.replace("train2017/", "voc21_train2017/").replace(".jpg", ".png");
        const { pixels } = await decode(readShared(`photos/${file}`), DEFAULT_LIMITS);
        const truth = pixels.filter((_, i) => i % 3 === 0);
        overlaps.push(
          maskOverlap(
            Array.from(classes, (c) => c === 1),
            truth,
            PERSON,
          ),
        );
      }
      const mean = overlaps.reduce((a, b) => a + b, 0) / overlaps.length;
      expect(mean).toBeGreaterThanOrEqual(golden.mean_person_iou - 0.01);
    }, 120_000);
  },
);
