/**
 * A Hugging Face request's body: the image's bytes, or JSON `{ inputs, parameters }` with the image in base64.
 *
 * @module
 */
import * as z from "zod";
import { type ImageBodyOptions, readImage, readJson } from "../image-body.ts";
import { checkSize, decodeBase64 } from "../image-checks.ts";
import { problem } from "../problem.ts";

/** Members beside these (`options`, `model` of older clients) are passed over. */
const JsonBody = z.object({
  inputs: z.string("the image in base64").min(1, "the image in base64"),
  parameters: z.record(z.string(), z.unknown(), "an object").nullish(),
});

/** See the module. */
export interface InferenceBody {
  readonly image: Uint8Array;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** @throws {Problem} what {@link readImage} throws */
export async function readInference(
  request: Request,
  options: Omit<ImageBodyOptions, "maxImages">,
): Promise<InferenceBody> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    return { image: await readImage(request, options), parameters: {} };
  }
  const parsed = JsonBody.safeParse(await readJson(request, options));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue.path.join(".") || "The JSON";
    throw problem(
      "bad-request-body",
      `${field}: ${issue.message} is expected, as in { "inputs": "<base64>", "parameters": {} }.`,
    );
  }
  const { inputs, parameters } = parsed.data;
  return {
    image: checkSize(decodeBase64(inputs, "inputs"), options.maxBytes),
    parameters: parameters ?? {},
  };
}

/** A task's parameters by its schema. @throws {Problem} `bad-parameter`, which names the parameter and what it accepts. */
export function parseParameters<Schema extends z.ZodObject>(
  parameters: InferenceBody["parameters"],
  schema: Schema,
): z.infer<Schema> {
  // The client sends `undefined` as nothing and `null` where a caller wrote it: both mean "not given".
  const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknown = issue.code === "unrecognized_keys";
  const name = unknown ? issue.keys[0] : String(issue.path[0]);
  const known = Object.keys(schema.shape).join(", ");
  const why = unknown ? `there is no such parameter; there are ${known}` : `${issue.message} is expected`;
  throw problem("bad-parameter", `parameters.${name}: ${why}.`, { extensions: { parameter: name } });
}
