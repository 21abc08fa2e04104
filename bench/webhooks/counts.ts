/**
 * What the test tells the benchmark.
 *
 * @module
 */

/** What came of many jobs. */
export interface ManyJobs {
  readonly jobs: number;
  /** Webhooks that were sent again. */
  readonly repeatedWebhooks: number;
  /** Writes that the bucket was made to fail. */
  readonly failedWrites: number;
  readonly deliveries: number;
  /** Of them, those that came after another of the same job. */
  readonly repeatedDeliveries: number;
  readonly storedResults: number;
}

declare module "vitest" {
  interface TaskMeta {
    manyJobs?: ManyJobs;
  }
}
