/**
 * Answers for the images of a request: one by the route's own answer, a list by a list, one result an image, in order.
 *
 * @module
 */
import { release } from "../runtime/release.ts";
import type { Turn } from "../runtime/vision.ts";
import { withCache } from "./cache/with-cache.ts";
import type { AppContext } from "./context.ts";
import { type OpenImage, readImages } from "./image-body.ts";
import { readOptions, runImage, withPlace } from "./infer.ts";
import { noteProblem } from "./note-problem.ts";
import { type ProblemType, problemBody } from "./problem.ts";
import { badParameter } from "./query.ts";
import type { Question } from "./question.ts";
import { toProblem } from "./to-problem.ts";

/** What is asked of each image. */
export interface ImagesQuestion extends Question {
  /** The parameter that asks for a picture instead of JSON, where one does: a list has no room for pictures. */
  readonly picture?: string | undefined;
}

/** Problems of the whole request, whatever the image: they leave no answer to give. */
const OF_THE_REQUEST: ReadonlySet<ProblemType> = new Set<ProblemType>(["bad-parameter", "request-cancelled"]);

/**
 * Answers by `answer` for each image. A list is answered 200 with `{ "results": [{ "answer": … } | { "problem": … }, …] }`: what is wrong with one image (RFC 9457's
 * object, its status in it) takes nothing from the others.
 *
 * The images of a list take their turns one by one, each behind the requests that came meanwhile; what they are read from is bounded as for one image.
 *
 * @param answer what the route makes of an image whose turn it is
 */
export function answerImages(
  c: AppContext,
  question: ImagesQuestion,
  answer: (turn: Turn) => Promise<Response>,
): Promise<Response> {
  return withPlace(c, async (place) => {
    let fetched = 0;
    const { images, list } = await readImages(
      c.req.raw,
      readOptions(c, (bytes) => {
        place.grow(bytes);
        fetched += bytes;
      }),
    );
    const answerOne = async (open: OpenImage, stay: boolean): Promise<Response> => {
      const image = await open();
      const own: typeof place = { ...place, run: (job, options) => place.run(job, { ...options, stay }) };
      const run = () => runImage(c, own, image, answer, question.query.engine);
      try {
        return await withCache(c, image, question, run);
      } finally {
        // The images of a list may lie in one body.
        if (!list) release(image);
      }
    };
    if (!list) return answerOne(images[0], false);
    if (question.picture !== undefined) {
      throw badParameter(
        question.picture,
        "a list of images is answered in JSON; send one image for a picture",
      );
    }
    const results: string[] = [];
    for (const open of images) {
      // The body itself is held to the end; what an image was fetched from is not.
      fetched = 0;
      results.push(await resultOf(c, results.length, () => answerOne(open, true)));
      place.shrink(fetched);
    }
    // Joined as text: parsing and writing the answers anew would gain nothing.
    return c.body(`{"results":[${results.join(",")}]}`, 200, { "Content-Type": "application/json" });
  });
}

/** One image's result as JSON, noted for the log. */
async function resultOf(c: AppContext, index: number, run: () => Promise<Response>): Promise<string> {
  const log = c.get("log");
  const noted: NonNullable<typeof log.images>[number] = {};
  log.images ??= [];
  log.images.push(noted);
  try {
    return `{"answer":${await (await run()).text()}}`;
  } catch (error) {
    if (OF_THE_REQUEST.has(toProblem(error).type)) throw error;
    const reason = noteProblem(c, error, noted);
    return JSON.stringify({ problem: problemBody(reason, `${c.get("requestId")}#${index}`) });
  } finally {
    const { image, cache } = log;
    Object.assign(noted, image, cache && { cache });
    delete log.image;
    delete log.cache;
  }
}
