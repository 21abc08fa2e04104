/**
 * Memory admission: what a request will take is estimated before it is spent, and refused when an isolate cannot hold it.
 * Workers end an isolate that goes over its limit, and with it every request inside.
 *
 * @module
 */

/** What a Worker's isolate may hold: JavaScript heap and WebAssembly memory together (Workers, "Limits"). */
export const ISOLATE_BYTES = 128 * 2 ** 20;

/**
 * What an isolate holds before any model or request: code, the compiled manifest and labels, garbage not yet collected. Measured in workerd, with
 * room to spare.
 */
export const IDLE_BYTES = 8 * 2 ** 20;

/** The parts of an estimate, in bytes. */
export interface Demand {
  /** The isolate without model and request. */
  readonly idle: number;
  /** WebAssembly memory of the engines, the request's model included. */
  readonly model: number;
  /** Bodies of this and the waiting requests. */
  readonly bodies: number;
  /** The decoder's working memory and the picture. */
  readonly decode: number;
}

/** The request does not fit into memory; the message has the numbers. */
export class NotEnoughMemoryError extends Error {
  override readonly name = "NotEnoughMemoryError";
  constructor(
    readonly demand: Demand,
    readonly limit: number,
  ) {
    super(
      `this would take about ${mebibytes(total(demand))} MiB of ${mebibytes(limit)}: model ${mebibytes(demand.model)}, ` +
        `decoding the picture ${mebibytes(demand.decode)}, bodies ${mebibytes(demand.bodies)}, idle ${mebibytes(demand.idle)}`,
    );
  }
}

/** The sum of the parts. */
export function total(demand: Demand): number {
  return demand.idle + demand.model + demand.bodies + demand.decode;
}

/** @throws {NotEnoughMemoryError} when the demand is over the limit. */
export function admit(demand: Demand, limit: number): void {
  if (total(demand) > limit) throw new NotEnoughMemoryError(demand, limit);
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0);
}
