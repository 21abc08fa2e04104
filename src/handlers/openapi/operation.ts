/**
 * What the OpenAPI document is told of a route.
 *
 * @module
 */
import type { z } from "@hono/zod-openapi";
import type { Method } from "../routes.ts";

/** A media type's schema: one of ours, or bytes. */
export type Content = Readonly<Record<string, z.ZodType>>;

/** An example, as a line for a shell in the repository's folder. Tests run every one. */
export interface Sample {
  readonly label: string;
  /** `{origin}` stands for the deployment's address. */
  readonly source: string;
}

/** One route. */
export interface Operation {
  readonly method: Method;
  /** Parameters in braces. */
  readonly path: string;
  readonly id: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: Content;
  readonly answer: Content;
  /** Of the answer; 200 where it is left out. */
  readonly status?: 202;
  /** Probes answer 503 where something is missing, in the answer's own shape. */
  readonly unready?: true;
  /** How errors are said; none for routes that have none but the common ones. */
  readonly errors: "problem" | "protocol";
  readonly samples: readonly Sample[];
}

/** The groups of routes. */
export const TAGS = {
  Inference: "What a picture shows.",
  Webhooks: "Pictures that other services tell of, tagged in the background.",
  Models: "What can be asked for.",
  Service: "Whether it runs, and what it is.",
  "Hugging Face": "The inference API that Hugging Face's clients speak.",
  "Open Inference Protocol":
    "Version 2, which clients of KServe, Triton and others speak: the network alone, tensors in and out.",
} as const;
