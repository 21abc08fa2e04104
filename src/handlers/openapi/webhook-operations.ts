/**
 * Webhooks and their jobs, as the OpenAPI document has them.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import { TagAnswer } from "./answers.ts";
import type { Operation } from "./operation.ts";

const id = z.string().describe("32 hexadecimal digits.");

const JobAccepted = z
  .strictObject({ job: id, status_url: z.url() })
  .openapi("JobAccepted", { description: "The job; the same for the same delivery." });

const Ignored = z
  .strictObject({ ignored: z.string() })
  .openapi("WebhookIgnored", { description: "The payload has no image: nothing was to be done." });

const JobAnswer = z
  .strictObject({
    id,
    source: z.string(),
    subject: z.string().optional().describe("What the sender calls the picture."),
    state: z.enum([
      "queued",
      "retrying",
      "tagged",
      "held",
      "done",
      "delivered",
      "failed",
      "disabled",
      "dead",
    ]),
    attempts: z.int(),
    problem: z.strictObject({ type: z.string(), detail: z.string() }).optional(),
    created: z.iso.datetime(),
    updated: z.iso.datetime(),
    result_key: z.string().optional().describe("In the bucket of results."),
    result: TagAnswer.optional(),
  })
  .openapi("Job", { description: "What was last known of a job." });

const DeadJobs = z.strictObject({ dead: z.array(id) }).openapi("DeadJobs");

const shared = { tag: "Webhooks", errors: "problem" } as const;
const json = "application/json";
const jobParams = z.object({ id });

/** See the module. The examples need a source, its secret and a job: they are not run. */
export const WEBHOOK_OPERATIONS: readonly Operation[] = [
  {
    ...shared,
    method: "POST",
    path: "/v1/webhooks/{source}",
    id: "receiveWebhook",
    summary: "Have the picture of a webhook tagged",
    description:
      "The sender's own signature is checked; the answer comes at once, the result later, by a callback that Standard Webhooks signs.",
    params: z.object({ source: z.string().describe("As `WEBHOOKS` configures it.") }),
    body: { [json]: z.looseObject({}) },
    status: 202,
    answer: { [json]: z.union([JobAccepted, Ignored]) },
    samples: [
      {
        label: "A token",
        source:
          'curl --header "Authorization: Bearer $TOKEN" --json \'{"media":{"id":7,"url":"https://example.com/a.jpg"}}\' "{origin}/v1/webhooks/strapi"',
      },
    ],
  },
  {
    ...shared,
    method: "GET",
    path: "/v1/jobs/{id}",
    id: "getJob",
    summary: "Show a job, and its result once there is one",
    params: jobParams,
    answer: { [json]: JobAnswer },
    samples: [{ label: "A job", source: 'curl "{origin}/v1/jobs/$JOB"' }],
  },
  {
    ...shared,
    method: "GET",
    path: "/v1/jobs",
    id: "listDeadJobs",
    summary: "List the jobs that were given up",
    answer: { [json]: DeadJobs },
    samples: [{ label: "All", source: 'curl "{origin}/v1/jobs"' }],
  },
  {
    ...shared,
    method: "POST",
    path: "/v1/jobs/{id}/replay",
    id: "replayJob",
    summary: "Try a job again that was given up",
    params: jobParams,
    status: 202,
    answer: { [json]: JobAccepted },
    samples: [{ label: "A job", source: 'curl --request POST "{origin}/v1/jobs/$JOB/replay"' }],
  },
];
