/**
 * Detection and segmentation over HTTP, on the engine that answers by default, against torchvision: photos as PNG with Pillow's pixels, and as the
 * JPEG files themselves, which our decoder reads bit for bit as libjpeg-turbo does.
 */
import { readFile } from "node:fs/promises";
import UPNG from "upng-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { averagePrecision, type CocoBox, type EvaluatedImage } from "../../tools/evaluate/coco.ts";
import { maskOverlap } from "../../tools/evaluate/mask-iou.ts";
import { CUT, type Found, unmatched } from "../tools/golden/counterparts.ts";
import {
  hasReference,
  photoFiles,
  type ReferenceWorker,
  readReference,
  referenceFile,
  startReferenceWorker,
} from "./support/reference.ts";

const DETECTORS = ["fasterrcnn_mobilenet_v3_large_320_fpn", "fasterrcnn_mobilenet_v3_large_fpn"];
const SEGMENTERS = ["deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"];
const KINDS = ["pillow", "original"] as const;

/** VOC's class. */
const PERSON = 15;

interface Detections {
  engine: string;
  predictions: {
    index: number;
    score: number;
    box: { xmin: number; ymin: number; xmax: number; ymax: number };
  }[];
}

interface GoldenBoxes {
  photos: Record<string, { boxes_xyxy: number[][]; labels: number[]; scores: number[] }>;
}

/** The values of an 8-bit PNG of one channel, gray or indexed: the indices themselves, not their colours. */
function classIndices(png: Uint8Array): Uint8Array {
  const { data, width, height, depth } = UPNG.decode(Uint8Array.from(png).buffer);
  if (depth !== 8) throw new Error(`a mask has ${depth} bits a pixel`);
  return new Uint8Array(data).subarray(0, width * height);
}

describe.runIf(hasReference)("tasks over HTTP, against the originals", () => {
  let reference: ReferenceWorker;
  beforeAll(async () => {
    reference = await startReferenceWorker({
      // One checkpoint serves both: their architectures are the same.
      [DETECTORS[0] as string]: `${DETECTORS[0]}.pth`,
      [DETECTORS[1] as string]: `${DETECTORS[0]}.pth`,
      [SEGMENTERS[0] as string]: `${SEGMENTERS[0]}.pth`,
      [SEGMENTERS[1] as string]: `${SEGMENTERS[1]}.pth`,
    });
  });
  afterAll(() => reference?.stop());

  it.each(DETECTORS.flatMap((model) => KINDS.map((kind) => [model, kind] as const)))(
    "%s finds torchvision's boxes (%s)",
    async (model, kind) => {
      const { photos } = await readReference<GoldenBoxes>("golden", `${model}.json`);
      const total = { expected: 0, missing: 0, ours: 0, extra: 0 };
      for (const [photo, golden] of Object.entries(photos)) {
        const route = `/v1/detect?model=${model}&variant=fp32&threshold=0&top_k=100`;
        const answer = await reference.post<Detections>(route, photoFiles(photo)[kind]);
        expect(answer.engine).toBe("kernels");
        const ours: Found[] = answer.predictions.map(({ box, index, score }) => ({
          box: [box.xmin, box.ymin, box.xmax, box.ymax],
          label: index,
          score,
        }));
        const expected: Found[] = golden.scores.map((score, index) => ({
          box: golden.boxes_xyxy[index] as number[],
          label: golden.labels[index] as number,
          score,
        }));
        const high = (found: readonly Found[]) => found.filter(({ score }) => score > CUT);
        total.expected += high(expected).length;
        total.missing += unmatched(high(expected), ours);
        total.ours += high(ours).length;
        total.extra += unmatched(high(ours), expected);
      }
      expect(total.missing / total.expected, JSON.stringify(total)).toBeLessThanOrEqual(0.01);
      expect(total.extra / total.ours, JSON.stringify(total)).toBeLessThanOrEqual(0.01);
    },
    300_000,
  );

  it.each(SEGMENTERS.flatMap((model) => KINDS.map((kind) => [model, kind] as const)))(
    "%s gives torchvision's masks (%s)",
    async (model, kind) => {
      const { photos } = await readReference<{ photos: Record<string, { mask: string }> }>(
        "golden",
        `${model}.json`,
      );
      for (const [photo, golden] of Object.entries(photos)) {
        const route = `/v1/segment?model=${model}&variant=fp32&format=png`;
        const ours = classIndices(await reference.postForBytes(route, photoFiles(photo)[kind]));
        const expected = classIndices(await readFile(referenceFile("golden", golden.mask)));
        expect(ours.length).toBe(expected.length);
        const equal = ours.reduce((sum, value, index) => sum + (value === expected[index] ? 1 : 0), 0);
        expect(equal / ours.length, photo).toBeGreaterThanOrEqual(0.995);
      }
    },
    300_000,
  );

  it("centernet_mobilenet_v3 finds objects as precisely as TensorFlow.js", async () => {
    const { photos } = await readReference<{
      photos: Record<string, { boxes: { category: number; bbox: CocoBox }[] }>;
    }>("photos", "coco_cc", "boxes.json");
    const images: EvaluatedImage[] = [];
    for (const [name, { boxes }] of Object.entries(photos)) {
      const answer = await reference.post<Detections>(
        "/v1/detect?model=centernet_mobilenet_v3&variant=fp32&threshold=0&top_k=100",
        photoFiles(`coco_cc/train2017/${name}`).original,
      );
      const found = answer.predictions.map(({ index, score, box }) => ({
        category: index,
        score,
        bbox: [box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin] as CocoBox,
      }));
      images.push({ truths: boxes, found });
    }
    const { ap, ap50 } = averagePrecision(images);
    // TensorFlow.js: 0.4407 and 0.6003.
    expect(ap).toBeGreaterThanOrEqual(0.43);
    expect(ap50).toBeGreaterThanOrEqual(0.59);
  }, 300_000);

  it("selfie_segmentation covers people as well as LiteRT", async () => {
    const { models } = await readReference<{
      models: Record<string, { photos: Record<string, { person_iou?: number }> }>;
    }>("golden", "selfie_segmentation.json");
    const overlaps: number[] = [];
    for (const [photo, { person_iou }] of Object.entries(models.selfie_segmentation?.photos ?? {})) {
      if (person_iou === undefined) continue;
      const route = "/v1/segment?model=selfie_segmentation&variant=fp32&format=png";
      const ours = classIndices(await reference.postForBytes(route, photoFiles(photo).pillow));
      const file = photo.replace("train2017/", "voc21_train2017/").replace(".jpg", ".png");
      const truth = classIndices(await readFile(referenceFile("photos", file)));
      overlaps.push(
        maskOverlap(
          Array.from(ours, (index) => index === 1),
          truth,
          PERSON,
        ),
      );
    }
    // LiteRT: 0.746.
    expect(overlaps.reduce((sum, value) => sum + value, 0) / overlaps.length).toBeGreaterThanOrEqual(0.736);
  }, 300_000);
});
