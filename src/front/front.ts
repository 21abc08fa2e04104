/**
 * The Worker of the free plan: it hands everything to a Durable Object that runs the application, where an event may take about 30 s of CPU; a request
 * to a Worker of that plan may take 10 ms.
 *
 * One object a continent: near its callers, and few, because the plan counts how long objects are awake and each opens its models anew. An object is one
 * thread, as an isolate is. Messages of the queue have an object of their own, so that no caller waits behind them.
 *
 * @module
 */
import type { LogSink } from "../handlers/middleware/log.ts";
import { type Problem, problem, problemResponse } from "../handlers/problem.ts";
import { consumeBatch } from "../handlers/queue.ts";
import { RETRY_AFTER_SECONDS, toProblem } from "../handlers/to-problem.ts";
import { isTrusted } from "../handlers/trusted.ts";
import type { VisionObjectMethods } from "./object.ts";

/** The Worker's bindings, with the front's own. */
interface FrontEnv extends Cloudflare.Env {
  readonly VISION_OBJECT?: DurableObjectNamespace<VisionObjectMethods>;
}

/** The object of the queue's messages. */
const QUEUE_OBJECT = "queue";

/** The object of callers whose continent is not known: other Workers. */
const OTHER_OBJECT = "other";

/** Makes the Worker's `fetch` and `queue`. They need the binding `VISION_OBJECT`. */
export function createFront(sink: LogSink = console.log) {
  /** Notes an object that could not be called. Its own failures it answers, and logs, itself. */
  const note = (object: string, error: unknown): Problem => {
    const reason = isOverloaded(error) ? overloaded(error) : toProblem(error);
    const message = error instanceof Error ? error.message : undefined;
    sink(JSON.stringify({ time: new Date().toISOString(), object, outcome: reason.type, error: message }));
    return reason;
  };
  return {
    async fetch(request: Request, env: FrontEnv): Promise<Response> {
      const name = String(request.cf?.continent ?? OTHER_OBJECT);
      try {
        const object = objectOf(env, name);
        return isTrusted(env) ? await object.fetchTrusted(request) : await object.fetch(request);
      } catch (error) {
        return problemResponse(note(name, error), crypto.randomUUID());
      }
    },
    queue(batch: MessageBatch, env: FrontEnv): Promise<void> {
      return consumeBatch(batch, async (message) => {
        try {
          return await objectOf(env, QUEUE_OBJECT).consume(message);
        } catch (error) {
          note(QUEUE_OBJECT, error);
          return { retrySeconds: RETRY_AFTER_SECONDS };
        }
      });
    },
  };
}

/** A stub that has thrown is of no further use, so each call gets one of its own. */
function objectOf({ VISION_OBJECT: objects }: FrontEnv, name: string) {
  if (objects === undefined) throw new Error("The binding VISION_OBJECT is missing (wrangler.toml).");
  return objects.get(objects.idFromName(name));
}

/** https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ */
function isOverloaded(error: unknown): error is Error {
  return error instanceof Error && "overloaded" in error && error.overloaded === true;
}

function overloaded(cause: Error): Problem {
  const detail = `The object that runs models is overloaded; try again in ${RETRY_AFTER_SECONDS} s`;
  return problem("overloaded", detail, { cause, headers: { "Retry-After": String(RETRY_AFTER_SECONDS) } });
}
