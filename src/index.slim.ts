/**
 * The slim Worker's entry (`--env slim`): our own engine alone, 14 MB less.
 *
 * @module
 */

import { createEntrypoint } from "./rpc.ts";
import { kernels } from "./runtime/engines/kernels/worker.ts";
import { createWorker } from "./worker.ts";

const app = createWorker([kernels]);

export default app;

/** For service bindings: `entrypoint = "Vision"`. */
export class Vision extends createEntrypoint(app) {}
