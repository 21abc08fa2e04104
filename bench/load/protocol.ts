/**
 * What the benchmark tells the process that sends requests, and what that one tells back.
 *
 * @module
 */

/** Requests to send. */
export interface Volley {
  readonly url: string;
  /** The picture that each request posts. */
  readonly file: string;
  readonly connections: number;
  readonly requests: number;
  /** Whether connections are kept, each sending its next request when it has its answer; otherwise each is opened for one, all at once, burst after burst. */
  readonly keepAlive: boolean;
}

/** Answers of one status. */
export interface Answers {
  readonly count: number;
  /** Milliseconds from request to answer. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What came back. */
export interface VolleyResult {
  readonly seconds: number;
  readonly byStatus: Readonly<Record<string, Answers>>;
  /** Connections that broke, and requests without an answer in time. */
  readonly errors: number;
  /** Answers of 429 without Retry-After. */
  readonly withoutRetryAfter: number;
}
