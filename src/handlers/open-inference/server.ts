/**
 * The server's side of the Open Inference Protocol: what it is, whether it lives, whether it and its models are ready; and how errors are said
 * (https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md).
 *
 * @module
 */
import { VERSION } from "../../version.ts";
import type { AppContext } from "../context.ts";
import { isStored, type Readiness } from "../health.ts";
import type { Problem } from "../problem.ts";
import type { Handler } from "../routes.ts";
import { selectByPath } from "./model.ts";

/** `GET /v2`. */
export function getServer(c: AppContext): Response {
  return c.json({ name: "edge-vision", version: VERSION, extensions: ["binary_tensor_data"] });
}

/** `GET /v2/health/live`. */
export function getLive(c: AppContext): Response {
  return c.json({ live: true });
}

/** Makes the handler of `GET /v2/health/ready`: like `/readyz`, in the protocol's shape. */
export function createServerReady(readiness: (c: AppContext) => Promise<Readiness>): Handler {
  return async (c) => {
    const { ready } = await readiness(c);
    return c.json({ ready }, ready ? 200 : 503);
  };
}

/** `GET /v2/models/{name}[/versions/{version}]/ready`: whether its files are there. It is loaded when the first request asks for it. */
export async function getModelReady(c: AppContext): Promise<Response> {
  const { name, stored } = selectByPath(c);
  const ready = await isStored(c.env.MODELS, stored, c.get("services").config.storageTimeoutMs);
  return c.json({ name, ready }, ready ? 200 : 503);
}

/** Whether an address is one of the protocol's. */
export function isProtocolPath(path: string): boolean {
  return /^\/v2(\/|$)/.test(path);
}

/** An error in the protocol's shape, `{ "error": "…" }`, under the status that it has elsewhere. */
export function protocolError({ message, status, headers }: Problem): Response {
  return Response.json({ error: message }, { status, headers });
}
