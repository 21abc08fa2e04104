/**
 * `POST /v2/models/{name}[/versions/{version}]/infer` and the model's metadata: the network's own tensors in and out.
 *
 * @module
 */
import { EngineError, type ValueInfo } from "../../runtime/engines/engine.ts";
import { readBody } from "../body.ts";
import type { AppContext } from "../context.ts";
import { problem } from "../problem.ts";
import { inferResponse, JSON_LENGTH_HEADER, parseRequest } from "./body.ts";
import { selectByPath, withModel } from "./model.ts";

/** What the protocol calls ONNX models. */
export const PLATFORM = "onnx_onnxv1";

/** A number in JSON takes two characters at least (`0,`); parsed, it takes eight bytes, and four more as a float. */
const PARSED_BYTES_PER_BYTE = 6;

/** Answers with the names, types and shapes of the network's inputs and outputs. Opens the model, if it is not open yet. */
export async function getMetadata(c: AppContext): Promise<Response> {
  const selection = selectByPath(c);
  const place = c.get("services").vision.queue.enter(0, c.req.raw.signal);
  try {
    return await withModel(c, place, selection, async (open) => {
      const { inputs, outputs } = (await open(0, 0)).session;
      return c.json({
        name: selection.name,
        versions: Object.keys(selection.model.variants),
        platform: PLATFORM,
        inputs: inputs.map(describe),
        outputs: outputs.map(describe),
      });
    });
  } finally {
    place.leave();
  }
}

/** Runs the network on the request's tensors. */
export async function postInfer(c: AppContext): Promise<Response> {
  const { config, vision } = c.get("services");
  const selection = selectByPath(c);
  const place = vision.queue.enter(0, c.req.raw.signal);
  try {
    const body = await readBody(c.req.raw, { limit: config.maxImageBytes, reserve: place.grow });
    return await withModel(c, place, selection, async (open) => {
      const jsonLength = c.req.header(JSON_LENGTH_HEADER) ?? null;
      const parsedBytes = body.byteLength * PARSED_BYTES_PER_BYTE;
      // Once before parsing, and once more when the tensors' size is known.
      await open(0, parsedBytes);
      const { id, inputs, outputs: wanted, isBinary } = parseRequest(body, jsonLength);
      const pixels = Object.values(inputs).reduce((sum, { dims }) => sum + pixelsOf(dims), 0);
      const { model, session } = await open(pixels, parsedBytes);
      const names = session.outputs.map(({ name }) => name);
      const unknown = wanted?.find((name) => !names.includes(name));
      if (unknown !== undefined) {
        throw problem("bad-request-body", `There is no output '${unknown}'; there are ${names.join(", ")}.`);
      }
      const outputs = await session.run(inputs).catch((cause: unknown) => {
        if (!(cause instanceof EngineError) || cause.kind !== "bad_input") throw cause;
        throw problem("bad-request-body", `The tensors do not fit: ${cause.message}.`, { cause });
      });
      const head = {
        model_name: model.name,
        model_version: model.variant,
        ...(id !== undefined && { id }),
      };
      return inferResponse(head, outputs, wanted ?? names, isBinary);
    });
  } finally {
    place.leave();
  }
}

/** Rows times columns of all images of a batch. */
function pixelsOf(dims: readonly number[]): number {
  return dims.length === 4 ? dims[0] * dims[2] * dims[3] : 0;
}

function describe({ name, dims }: ValueInfo) {
  return { name, datatype: "FP32", shape: dims.map((dim) => dim ?? -1) };
}
