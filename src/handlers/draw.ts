/**
 * Answers with the picture itself, something drawn on it.
 *
 * @module
 */

import { decode, estimateDecodeBytes, type Image, type ImageHeader } from "../codecs/index.ts";
import { imageToPng } from "../runtime/draw/png.ts";
import type { Task } from "../runtime/vision.ts";
import { type AnswerHead, identityHeaders } from "./infer.ts";

/** Bytes a pixel: the picture, and its PNG at worst. */
const DRAWN_BYTES_PER_PIXEL = 6;

/** What drawing takes beside the run, in bytes: the whole picture is decoded once more. */
export function drawingBytes(header: ImageHeader): number {
  return estimateDecodeBytes(header) + header.width * header.height * DRAWN_BYTES_PER_PIXEL;
}

/** Decodes the task's picture upright, lets it be drawn on, and answers with it as PNG. */
export async function drawnResponse(
  task: Task & { readonly head: AnswerHead },
  paint: (image: Image) => void,
): Promise<Response> {
  const image = await decode(task.bytes, task.limits);
  paint(image);
  return pngResponse(await imageToPng(image), task.head);
}

/** A PNG, with headers that name the model. */
export function pngResponse(png: Uint8Array, head: AnswerHead): Response {
  return new Response(png, { headers: { "Content-Type": "image/png", ...identityHeaders(head) } });
}
