/**
 * Labelled pictures in `../shared`, which models are measured on. They are not part of the project.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { DEFAULT_LIMITS, decode } from "../../src/codecs/index.ts";
import { ROOT } from "../models/paths.ts";
import type { CocoBox } from "./coco.ts";

/** The reference data beside the repository. */
export const SHARED = path.resolve(ROOT, "../shared");

/** Whether they are there. */
export const hasShared = existsSync(SHARED);

/** A picture's file and what is true of it. */
export interface Labelled<T> {
  readonly file: Uint8Array;
  readonly truth: T;
}

/** Tiny ImageNet's validation pictures with their class indices: ten a class. @yields 2,000, or the first `count` of them */
export async function* tinyImagenet(count = Number.POSITIVE_INFINITY): AsyncGenerator<Labelled<number>> {
  const folder = path.join(SHARED, "tiny_imagenet_val");
  const { labels } = JSON.parse(await readFile(path.join(folder, "labels.json"), "utf8")) as {
    labels: Record<string, number>;
  };
  const archive = await readFile(path.join(folder, "images.tar"));
  let given = 0;
  for (const { name, content } of tarEntries(archive)) {
    const truth = labels[name];
    if (truth === undefined) continue;
    if (given++ >= count) return;
    yield { file: content, truth };
  }
}

const TAR_BLOCK = 512;

/** Files of a tar archive (POSIX.1-1988 ustar: name at 0, size in octal at 124 of a header of 512 bytes). */
function* tarEntries(archive: Uint8Array): Generator<{ name: string; content: Uint8Array }> {
  const text = (from: number, to: number) =>
    new TextDecoder().decode(archive.subarray(from, to)).replace(/\0.*$/s, "").trim();
  for (let at = 0; at < archive.length; ) {
    const name = text(at, at + 100);
    if (name === "") return;
    const size = Number.parseInt(text(at + 124, at + 136), 8);
    const from = at + TAR_BLOCK;
    yield { name, content: archive.subarray(from, from + size) };
    at = from + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
}

/** A true box: category is the index among COCO's 80 classes. */
export interface TrueBox {
  readonly category: number;
  readonly bbox: CocoBox;
}

/** 26 photos of COCO train2017 with their boxes. */
export async function* cocoPhotos(): AsyncGenerator<Labelled<readonly TrueBox[]>> {
  const folder = path.join(SHARED, "photos/coco_cc");
  const { photos } = JSON.parse(await readFile(path.join(folder, "boxes.json"), "utf8")) as {
    photos: Record<string, { boxes: TrueBox[] }>;
  };
  for (const [name, { boxes }] of Object.entries(photos)) {
    yield { file: await readFile(path.join(folder, "train2017", name)), truth: boxes };
  }
}

/** VOC's class of people. */
const PERSON = 15;
/** A photo counts as one of people where as much of it is. */
const LEAST_PERSON = 0.05;

/** Those of the photos of which at least 5 % is person, with their masks: VOC's class indices, 255 where nobody said. */
export async function* personPhotos(): AsyncGenerator<Labelled<Uint8Array>> {
  const folder = path.join(SHARED, "photos/coco_cc");
  const { photos } = JSON.parse(await readFile(path.join(folder, "boxes.json"), "utf8")) as {
    photos: Record<string, unknown>;
  };
  for (const name of Object.keys(photos)) {
    const mask = await readFile(path.join(folder, "voc21_train2017", name.replace(".jpg", ".png")));
    const { pixels } = await decode(mask, DEFAULT_LIMITS);
    const truth = pixels.filter((_, i) => i % 3 === 0);
    const person = truth.reduce((sum, index) => sum + Number(index === PERSON), 0);
    if (person < LEAST_PERSON * truth.length) continue;
    yield { file: await readFile(path.join(folder, "train2017", name)), truth };
  }
}
