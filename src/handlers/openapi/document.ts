/**
 * The OpenAPI 3.1 document, generated from the schemas that parse requests and those of the answers. `npm run openapi` writes it to a file; no Worker
 * imports this module.
 *
 * @module
 */

import { OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import { VERSION } from "../../version.ts";
import { ProblemAnswer } from "./answers.ts";
import { ProtocolError } from "./compatible-answers.ts";
import { COMPATIBLE_OPERATIONS } from "./compatible-operations.ts";
import { type Content, type Operation, TAGS } from "./operation.ts";
import { OWN_OPERATIONS } from "./operations.ts";
import { WEBHOOK_OPERATIONS } from "./webhook-operations.ts";

/** Every route that the document has. */
export const OPERATIONS: readonly Operation[] = [
  ...OWN_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
  ...COMPATIBLE_OPERATIONS,
];

/** The document. */
export type OpenApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** Builds the document; `{origin}` in the examples stands for the deployment's address. */
export function buildDocument(): OpenApiDocument {
  const app = new OpenAPIHono();
  for (const operation of OPERATIONS) app.openAPIRegistry.registerPath(toRoute(operation));
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  app.openAPIRegistry.registerComponent("securitySchemes", "apiKey", {
    type: "apiKey",
    in: "header",
    name: "X-Api-Key",
  });
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "edge-vision",
      version: VERSION,
      description:
        "Image inference at the edge. Classification, detection and segmentation of pictures by networks of the MobileNetV3 family. JPEG, PNG, WebP, GIF and BMP are taken. Every answer names the model, its variant and its digest, and carries `X-Request-Id`.",
      license: { name: "MIT", url: "https://spdx.org/licenses/MIT.html" },
    },
    servers: [{ url: "/" }],
    // A deployment may ask for keys (`API_KEYS`), or for none.
    security: [{}, { bearer: [] }, { apiKey: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  });
}

function toRoute(operation: Operation): RouteConfig {
  const { id, tag, summary, description, params, query, body, answer, samples } = operation;
  const errors: Content =
    operation.errors === "protocol"
      ? { "application/json": ProtocolError }
      : { "application/problem+json": ProblemAnswer };
  const request = {
    ...(params && { params }),
    ...(query && { query: withDefaults(query) }),
    ...(body && { body: { required: true, content: toContent(body) } }),
  };
  return {
    method: operation.method === "GET" ? "get" : "post",
    path: operation.path,
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    request,
    responses: {
      [operation.status ?? 200]: { description: "The answer.", content: toContent(answer) },
      ...(operation.unready && { 503: { description: "Something is missing.", content: toContent(answer) } }),
      "4XX": { description: "What the request has wrong.", content: toContent(errors) },
      "5XX": { description: "What is wrong on our side.", content: toContent(errors) },
    },
    "x-codeSamples": samples.map(({ label, source }) => ({ lang: "Shell", label, source })),
  };
}

/** The generator leaves out the defaults of parameters whose type is told (they are parsed from text). */
function withDefaults(query: z.ZodObject): z.ZodObject {
  const shape = Object.entries(query.shape).map(([name, schema]) => [
    name,
    schema instanceof z.ZodDefault ? schema.openapi({ default: schema.def.defaultValue }) : schema,
  ]);
  return z.object(Object.fromEntries(shape));
}

function toContent(content: Content) {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]));
}
