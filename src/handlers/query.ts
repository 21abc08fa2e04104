/**
 * Query parameters, checked by a schema; the problem names the parameter and what it accepts. `meta` and `describe` are what the OpenAPI document
 * says of them: the type after parsing, not the text's.
 *
 * @module
 */
import * as z from "zod";
import { ENGINE_NAMES } from "../runtime/engines/engine.ts";
import { problem } from "./problem.ts";

/** A number from a query's text. */
export function number(minimum: number, maximum: number) {
  const accepted = `a number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, accepted)
    .transform(Number)
    .pipe(z.number(accepted).min(minimum, accepted).max(maximum, accepted))
    .meta({ type: "number", minimum, maximum });
}

/** A whole number from a query's text. */
export function integer(minimum: number, maximum: number) {
  const accepted = `a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, accepted)
    .transform(Number)
    .pipe(z.number(accepted).min(minimum, accepted).max(maximum, accepted))
    .meta({ type: "integer", minimum, maximum });
}

/** `1` or `0`, `true` or `false`. */
export const flag = z
  .enum(["1", "0", "true", "false"], "one of 1, 0, true, false")
  .transform((text) => text === "1" || text === "true")
  .meta({ type: "boolean" });

/** One of some words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, `one of ${words.join(", ")}`);
}

/** Words separated by commas, at least one. */
export function list(accepted: string) {
  return z
    .string()
    .transform((text) => text.split(",").map((word) => word.trim()))
    .refine((words) => words.every((word) => word !== ""), accepted)
    .meta({ type: "string" });
}

/** Which labels an answer may give. */
export const labelQuery = {
  allow: list("labels separated by commas")
    .describe("The only labels that may be given, separated by commas; all by default.")
    .optional(),
  deny: list("labels separated by commas")
    .describe("Labels that are never given, separated by commas.")
    .optional(),
};

/** Refuse damaged pictures, instead of bridging the damage with grey and a warning. */
export const strict = flag
  .describe("Refuse a damaged picture instead of bridging the damage and warning of it.")
  .optional();

/** Parameters of every route that runs a model. */
export const modelQuery = {
  model: z
    .string()
    .min(1, "the name of a model")
    .max(64, "the name of a model")
    .describe("The model's name; the best installed one by default.")
    .optional(),
  variant: z
    .string()
    .min(1, "the name of a variant")
    .max(16, "the name of a variant")
    .describe("`fp32` or `int8`, where installed; the model's `default_variant` by default.")
    .optional(),
  engine: oneOf(ENGINE_NAMES)
    .describe("Which engine runs the network; refused unless the deployment sets `ALLOW_ENGINE_CHOICE`.")
    .optional(),
  strict,
};

/** What is kept of a schema from request to request. */
interface Checker {
  /** To make it takes two milliseconds, a fifth of what a request may take on the free plan. */
  readonly strict: z.ZodObject;
  /** Parameters that were found right, by the query's text: a caller asks the same of one picture after the other, and checking takes 0.3 ms. */
  readonly known: Map<string, unknown>;
}

const checkers = new WeakMap<z.ZodObject, Checker>();

/** Queries that are kept of a schema, and how long they may be: what callers write is not to fill the memory. */
const MOST_KNOWN = 64;
const MOST_LETTERS = 256;

function checkerOf(schema: z.ZodObject): Checker {
  const made = checkers.get(schema) ?? { strict: schema.strict(), known: new Map() };
  checkers.set(schema, made);
  return made;
}

/**
 * The request's parameters by a strict schema. They may be another request's, too: not to be changed.
 *
 * @throws {Problem} `bad-parameter`, for one that is wrong, unknown, or given twice.
 */
export function parseQuery<Schema extends z.ZodObject>(url: string, schema: Schema): z.infer<Schema> {
  const { strict, known } = checkerOf(schema);
  const text = /\?[^#]*/.exec(url)?.[0] ?? "";
  const before = known.get(text);
  if (before !== undefined) return before as z.infer<Schema>;
  const parameters = check(text, strict);
  if (known.size >= MOST_KNOWN) known.clear();
  if (text.length <= MOST_LETTERS) known.set(text, parameters);
  return parameters as z.infer<Schema>;
}

function check(text: string, strict: z.ZodObject): Readonly<Record<string, unknown>> {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    if (Object.hasOwn(parameters, name)) throw badParameter(name, "it is given more than once");
    parameters[name] = value;
  }
  const parsed = strict.safeParse(parameters);
  if (parsed.success) return Object.freeze(parsed.data);
  const [issue] = parsed.error.issues;
  if (issue.code === "unrecognized_keys") {
    const accepted = Object.keys(strict.shape).join(", ");
    throw badParameter(issue.keys[0], `there is no such parameter; there are ${accepted}`);
  }
  throw badParameter(String(issue.path[0]), `'${parameters[String(issue.path[0])]}' is not ${issue.message}`);
}

/** A parameter that is wrong. */
export function badParameter(name: string, why: string) {
  return problem("bad-parameter", `${name}: ${why}.`, { extensions: { parameter: name } });
}
