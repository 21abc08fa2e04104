/**
 * `POST /v1/segment`.
 *
 * @module
 */
import * as z from "zod";
import { drawMask } from "../runtime/draw/mask.ts";
import { describeMask } from "../runtime/tasks/segmentation/formats/describe.ts";
import { maskToPng } from "../runtime/tasks/segmentation/formats/png.ts";
import { segment } from "../runtime/tasks/segmentation/segment.ts";
import { answerImages } from "./answer-images.ts";
import type { AppContext } from "./context.ts";
import { drawingBytes, drawnResponse, pngResponse } from "./draw.ts";
import { choose, openFor } from "./infer.ts";
import { flag, modelQuery, oneOf, parseQuery } from "./query.ts";

/** Parameters of `POST /v1/segment`. */
export const SegmentQuery = z.object({
  ...modelQuery,
  format: oneOf(["json", "png", "rle", "polygons"])
    .describe(
      "`json`: a black-and-white PNG a class, in base64. `rle`: COCO's run lengths. `polygons`: outlines. `png`: one indexed picture.",
    )
    .default("json"),
  draw: flag.describe("Answer with the picture as PNG, the classes' colours laid over it.").default(false),
});

/** Bytes a pixel of the picture: the mask, and what its formats take at worst. */
export const MASK_BYTES_PER_PIXEL = 3;

/** Answers with the class of every pixel of the request's image. */
export async function postSegment(c: AppContext): Promise<Response> {
  const query = parseQuery(c.req.url, SegmentQuery);
  const { format, draw, ...request } = query;
  const selection = choose(c, { task: "segmentation", ...request });
  const picture = draw ? "draw" : format === "png" ? "format" : undefined;
  return answerImages(c, { query, models: [selection], picture }, async (turn) => {
    const { header } = turn;
    const mask = header.width * header.height * MASK_BYTES_PER_PIXEL;
    const task = await openFor(c, turn, selection, mask + (draw ? drawingBytes(header) : 0));
    const { output, labels } = task.model.card;
    const classes = await segment({ output, sessions: task.model.sessions }, task.input, task.geometry);
    task.own(classes.classes);
    if (draw) return drawnResponse(task, (image) => drawMask(image, classes, labels));
    if (format === "png") return pngResponse(await maskToPng(classes), task.head);
    return c.json({ ...task.head, format, segments: await describeMask(classes, labels, format) });
  });
}
