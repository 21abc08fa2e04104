/**
 * Requests and answers of `/infer`: JSON, or JSON with binary tensors behind it
 * (https://github.com/triton-inference-server/server, docs/protocol/extension_binary_data.md).
 *
 * @module
 */
import * as z from "zod";
import type { Outputs, Tensor } from "../../runtime/engines/engine.ts";
import { problem } from "../problem.ts";
import { createReader, RequestInput, toTensor } from "./tensors.ts";

/** How long the JSON is when tensors follow it. */
export const JSON_LENGTH_HEADER = "Inference-Header-Content-Length";

/** The JSON of a request (inference_rest.md, "Inference Request JSON Object"). */
export const InferRequest = z.object({
  id: z.string("text").optional(),
  parameters: z.object({ binary_data_output: z.boolean("true or false").optional() }).optional(),
  inputs: z.array(RequestInput, "a list of tensors").min(1, "at least one tensor"),
  outputs: z
    .array(
      z.object({
        name: z.string("a name"),
        parameters: z.object({ binary_data: z.boolean("true or false").optional() }).optional(),
      }),
      "a list of outputs",
    )
    .optional(),
});

/** What a request asks. */
export interface ParsedRequest {
  readonly id: string | undefined;
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Names of the outputs that are wanted, in order; all when not given. */
  readonly outputs: readonly string[] | undefined;
  /** Whether an output goes behind the JSON. */
  isBinary(output: string): boolean;
}

/** @throws {Problem} `bad-request-body` */
export function parseRequest(body: Uint8Array, jsonLength: string | null): ParsedRequest {
  if (jsonLength !== null && !(/^\d{1,9}$/.test(jsonLength) && Number(jsonLength) <= body.byteLength)) {
    throw problem(
      "bad-request-body",
      `${JSON_LENGTH_HEADER} is '${jsonLength}', the body has ${body.byteLength} bytes.`,
    );
  }
  const length = jsonLength === null ? body.byteLength : Number(jsonLength);
  let json: unknown;
  try {
    json = JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body.subarray(0, length)),
    );
  } catch (cause) {
    throw problem("bad-request-body", "The body is not JSON.", { cause });
  }
  const parsed = InferRequest.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue.path.join(".") || "The body";
    throw problem("bad-request-body", `${where}: ${issue.message} is expected.`);
  }
  const { id, parameters, inputs, outputs } = parsed.data;
  const reader = createReader(body.subarray(length));
  const tensors = inputs.map((input) => [input.name, toTensor(input, reader)] as const);
  if (reader.left() > 0) {
    throw problem("bad-request-body", `${reader.left()} bytes behind the JSON belong to no input.`);
  }
  const byName = new Map(outputs?.map((output) => [output.name, output.parameters?.binary_data]));
  return {
    id,
    inputs: Object.fromEntries(tensors),
    outputs: outputs?.map(({ name }) => name),
    isBinary: (output) => byName.get(output) ?? parameters?.binary_data_output ?? false,
  };
}

/** What an answer begins with. */
export interface AnswerHead {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
}

/** The answer with the outputs in it or behind it. */
export function inferResponse(
  head: AnswerHead,
  outputs: Outputs,
  names: readonly string[],
  isBinary: ParsedRequest["isBinary"],
): Response {
  const binary: Float32Array[] = [];
  const described = names.map((name) => {
    const { dims, data } = outputs[name];
    const common = { name, datatype: "FP32", shape: dims };
    if (!isBinary(name)) return { ...common, data: Array.from(data) };
    binary.push(data);
    return { ...common, parameters: { binary_data_size: data.byteLength } };
  });
  const json = new TextEncoder().encode(JSON.stringify({ ...head, outputs: described }));
  if (binary.length === 0) return new Response(json, { headers: { "Content-Type": "application/json" } });
  const size = binary.reduce((sum, { byteLength }) => sum + byteLength, json.byteLength);
  const body = new Uint8Array(size);
  body.set(json);
  let position = json.byteLength;
  for (const { buffer, byteOffset, byteLength } of binary) {
    body.set(new Uint8Array(buffer, byteOffset, byteLength), position);
    position += byteLength;
  }
  return new Response(body, {
    headers: {
      "Content-Type": "application/octet-stream",
      [JSON_LENGTH_HEADER]: String(json.byteLength),
    },
  });
}
