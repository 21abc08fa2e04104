/**
 * The slim Worker's entry (`--env slim`): our own engine alone, 14 MB less.
 *
 * @module
 */
import { kernels } from "./runtime/engines/kernels/worker.ts";
import { createWorker } from "./worker.ts";

export default createWorker([kernels]);
