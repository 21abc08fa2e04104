/**
 * A network's outputs, for as long as they are read.
 *
 * @module
 */
import type { Inputs, Outputs, Session } from "../engines/engine.ts";
import { release } from "../release.ts";

/**
 * Runs a network, and releases its outputs when they have been read: a detector's are megabytes for each picture.
 *
 * @param read makes what is wanted of the outputs; what it gives must not lie in them
 */
export async function readOutputs<T>(
  session: Session,
  inputs: Inputs,
  read: (outputs: Outputs) => T | Promise<T>,
): Promise<T> {
  const outputs = await session.run(inputs);
  try {
    return await read(outputs);
  } finally {
    release(...Object.values(outputs).map(({ data }) => data));
  }
}
