/**
 * Errors as `application/problem+json` (RFC 9457): one list of types, one way to throw them, one way to answer them.
 *
 * @module
 */

/** Where problem types live; each is a stable URI that a client can compare. */
export const PROBLEM_BASE = "https://edge-vision.dev/problems/";

/** Every type of problem: its last path segment, its status, its title. */
export const PROBLEMS = {
  "bad-parameter": [400, "A parameter is wrong"],
  "bad-request-body": [400, "The body cannot be read"],
  "missing-image": [400, "The request has no image"],
  "unknown-variant": [400, "The model does not come in that variant"],
  "wrong-task": [400, "The model is for another task"],
  "engine-unavailable": [400, "The engine cannot be chosen"],
  "url-refused": [400, "The address of the image is not one that is fetched"],
  unauthorized: [401, "A key is needed"],
  "wrong-signature": [401, "The signature does not hold"],
  "not-found": [404, "There is nothing at this address"],
  "unknown-model": [404, "There is no model of that name"],
  "model-not-installed": [404, "The model is known, but not installed"],
  "unknown-source": [404, "There is no webhook source of that name"],
  "unknown-job": [404, "There is no job of that id"],
  "unknown-image": [404, "There is no image of that key"],
  "method-not-allowed": [405, "The address does not take that method"],
  "image-too-large": [413, "The image is over a limit"],
  "too-many-images": [413, "The request has too many images"],
  "not-enough-memory": [413, "The image and the model do not fit into memory"],
  "not-an-image": [415, "The bytes are not an image"],
  "unsupported-image": [415, "The image is of a kind that is not decoded"],
  "broken-image": [422, "The image is damaged beyond use"],
  "rate-limited": [429, "Too many requests of one caller"],
  overloaded: [429, "Too many requests are waiting"],
  "request-cancelled": [499, "The caller went away"],
  "internal-error": [500, "Something is wrong on our side"],
  "engine-failure": [500, "The engine failed"],
  "unsupported-graph": [501, "No engine here runs the model"],
  "storage-failure": [502, "Model storage failed"],
  "corrupt-model": [502, "The stored model is not the one that was installed"],
  "image-fetch-failed": [502, "The image could not be fetched"],
  "queue-failure": [502, "The queue did not take the job"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

/** A type of problem, without {@link PROBLEM_BASE}. */
export type ProblemType = keyof typeof PROBLEMS;

/** What a problem may carry beside its type. */
export interface ProblemOptions extends ErrorOptions {
  /** Further members of the JSON. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Further headers of the response. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error that a caller is told about; anything else that is thrown becomes `internal-error` without details. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    readonly type: ProblemType,
    detail: string,
    { extensions = {}, headers = {}, ...options }: ProblemOptions = {},
  ) {
    super(detail, options);
    this.extensions = extensions;
    this.headers = headers;
  }

  /** The HTTP status of the type. */
  get status(): number {
    return PROBLEMS[this.type][0];
  }
}

/**
 * Makes a problem to throw.
 *
 * @example
 * ```ts
 * throw problem("bad-parameter", "top_k: a whole number from 1 to 1000", { extensions: { parameter: "top_k" } });
 * ```
 */
export function problem(type: ProblemType, detail: string, options?: ProblemOptions): Problem {
  return new Problem(type, detail, options);
}

/** The members of a problem. @param instance the request's id, with `#` and a number for one of its images */
export function problemBody(problem: Problem, instance: string) {
  const [status, title] = PROBLEMS[problem.type];
  return {
    type: PROBLEM_BASE + problem.type,
    title,
    status,
    detail: problem.message,
    instance: `urn:edge-vision:request:${instance}`,
    ...problem.extensions,
  };
}

/** The answer to a request that met a problem. */
export function problemResponse(problem: Problem, requestId: string): Response {
  return new Response(JSON.stringify(problemBody(problem, requestId)), {
    status: problem.status,
    headers: { ...problem.headers, "Content-Type": "application/problem+json" },
  });
}
