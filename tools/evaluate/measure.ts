/**
 * Measures a model on labelled pictures, from the file to the answer.
 *
 * @module
 */
import { answer, type OpenModel } from "../quantize/answer.ts";
import { averagePrecision, type EvaluatedImage } from "./coco.ts";
import { cocoPhotos, personPhotos, tinyImagenet } from "./labelled.ts";
import { maskOverlap } from "./mask-iou.ts";

/** Figures by metric, 0 to 1. */
export type Figures = Readonly<Record<string, number>>;

/** Measures one kind of model. */
export type Measure = (model: OpenModel, count?: number) => Promise<Figures>;

/** VOC's class of people, and the selfie segmenter's. */
const PERSON = 15;
const FOREGROUND = 1;

/** Models for which there are labelled pictures, and how they are measured. */
export const MEASURES: Readonly<Record<string, Measure>> = {
  mobilenet_v3_large_075_tiny_imagenet: measureTop1,
  centernet_mobilenet_v3: measureBoxes,
  selfie_segmentation: measurePeople,
  selfie_segmentation_landscape: measurePeople,
};

/** The share of pictures whose best label is right. */
async function measureTop1(model: OpenModel, count?: number): Promise<Figures> {
  let right = 0;
  let all = 0;
  for await (const { file, truth } of tinyImagenet(count)) {
    const found = await answer(model, file);
    if (found.task === "classification" && found.index === truth) right++;
    all++;
  }
  return { top1: right / all };
}

/** Average precision of boxes, by COCO's definition. */
async function measureBoxes(model: OpenModel): Promise<Figures> {
  const images: EvaluatedImage[] = [];
  for await (const { file, truth } of cocoPhotos()) {
    const found = await answer(model, file);
    if (found.task !== "detection") throw new TypeError(`${model.card.name} is not a detector`);
    images.push({
      truths: truth,
      found: found.detections.map(({ index, score, box: { xmin, ymin, xmax, ymax } }) => ({
        category: index,
        score,
        bbox: [xmin, ymin, xmax - xmin, ymax - ymin],
      })),
    });
  }
  const { ap, ap50 } = averagePrecision(images);
  return { ap, ap50 };
}

/** Intersection over union of people, the mean over photos. */
async function measurePeople(model: OpenModel): Promise<Figures> {
  let sum = 0;
  let all = 0;
  for await (const { file, truth } of personPhotos()) {
    const found = await answer(model, file);
    if (found.task !== "segmentation") throw new TypeError(`${model.card.name} gives no masks`);
    const mask = Array.from(found.mask.classes, (index) => index === FOREGROUND);
    sum += maskOverlap(mask, truth, PERSON);
    all++;
  }
  return { person_iou: sum / all };
}
