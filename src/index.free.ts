/**
 * The entry for the free plan (`--env free`): as the slim one, run in a Durable Object.
 *
 * @module
 */

import { createFront } from "./front/front.ts";
import { createVisionObject } from "./front/object.ts";
import { createEntrypoint } from "./rpc.ts";
import { kernels } from "./runtime/engines/kernels/worker.ts";
import { createWorker } from "./worker.ts";

const front = createFront();

export default front;

/** For service bindings: `entrypoint = "Vision"`. */
export class Vision extends createEntrypoint(front) {}

/** What the binding `VISION_OBJECT` makes objects of. */
export class VisionObject extends createVisionObject(createWorker([kernels])) {}
