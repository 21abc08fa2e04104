/**
 * Bodies and parameters that several operations share.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import type { Content } from "./operation.ts";

/** Bytes that are no text; JSON Schema has no type for them. */
export const bytes = z.string().openapi({ type: "string", format: "binary" });

const jsonImage = z
  .union([
    z.object({ base64: z.string().describe("Standard or URL-safe; a `data:` URL will do.") }),
    z.object({ url: z.string().describe("Fetched where the deployment allows it (`IMAGE_URLS`).") }),
    z.object({ key: z.string().describe("In the bucket IMAGES, where allowed (`ALLOW_IMAGE_KEYS`).") }),
  ])
  .openapi("Image");

/** How images are sent to our own routes. */
export const imageBody: Content = {
  "application/octet-stream": bytes.openapi({
    description: "The picture's file. Any Content-Type but the two below will do: the bytes tell the format.",
  }),
  "multipart/form-data": z.union([
    z.object({ image: bytes }),
    z.object({ images: z.array(bytes).describe("A list; so are several fields `image`.") }),
  ]),
  "application/json": z.union([
    z.object({ image: jsonImage }),
    z.object({ images: z.array(jsonImage).min(1).describe("At most `MAX_IMAGES`.") }),
  ]),
};

/** What is answered to one image, or to a list. */
export function oneOrSeveral(name: string, one: z.ZodType, several: z.ZodType) {
  return z.union([one, several]).openapi(name);
}

/** A drawn picture. */
export const png: Content = {
  "image/png": bytes.openapi({ description: "Where the query asks for a picture. Headers name the model." }),
};

/** `{name}`. */
export const modelParams = z.object({ name: z.string().describe("The model's name.") });

/** `{name}` and `{version}`. */
export const versionParams = modelParams.extend({
  version: z.string().describe("The model's variant: `fp32` or `int8`."),
});
