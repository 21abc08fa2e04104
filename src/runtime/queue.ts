/**
 * The run queue: one request at a time loads a model, decodes and runs. Everything else waits undecoded, bounded in number and in bytes.
 *
 * Workers make two demands that a queue elsewhere does not have. A request whose caller goes away may be stopped at any `await` without its
 * `finally` being run, so a slot has a lease: a holder that shows no sign of life is taken for dead, and the next one is let in. And a timer or
 * a read belongs to the request that made it, so those who wait look at the lease themselves, each with its own timer.
 *
 * @module
 */

/** The queue is full, by number or by bytes. */
export class OverloadedError extends Error {
  override readonly name = "OverloadedError";
}

/** The caller went away while its request waited. */
export class CancelledError extends Error {
  override readonly name = "CancelledError";
}

/** Bounds of a queue. */
export interface QueueOptions {
  /** Requests inside at most: those waiting, and the one that runs. */
  readonly depth: number;
  /** Bytes of bodies held at most. */
  readonly bytes: number;
  /** After how many milliseconds without a sign of life the holder of the slot is taken for dead. */
  readonly leaseMs: number;
}

/** What the holder of the slot is given. */
export interface Slot {
  /** A sign of life, to be given while waiting for something slow (a chunk of a model). */
  touch(): void;
}

/** How a job is run. */
export interface RunOptions {
  /** Keeps the request alive while it holds the slot, although its caller may be gone: `ctx.waitUntil` in a Worker. */
  readonly keepAlive?: ((work: Promise<unknown>) => void) | undefined;
  /** Keeps the place for another job, which waits for its turn behind those who came meanwhile. */
  readonly stay?: boolean;
}

/** A request's place in the queue, from before its body is read. */
export interface Place {
  /** When it was taken, `Date.now()`. */
  readonly since: number;
  /** Counts further bytes of the body. @throws {OverloadedError} {@link CancelledError} where the place is given back already */
  grow(bytes: number): void;
  /** Gives back bytes that are held no more. */
  shrink(bytes: number): void;
  /**
   * Waits for the slot, first come first served, runs the job alone, and gives the place back, unless it is to stay.
   * @throws {CancelledError} when the place's signal is aborted before the job's turn.
   */
  run<T>(job: (slot: Slot) => Promise<T>, options?: RunOptions): Promise<T>;
  /** Gives the place back without running. Harmless after `run`. */
  leave(): void;
}

/** A run queue. */
export interface RunQueue {
  /**
   * Takes a place for a body of so many bytes.
   * @param signal aborted when the caller goes away: its place is given back unless its job runs, which goes on to its end
   * @throws {OverloadedError} when there is none.
   */
  enter(bytes: number, signal?: AbortSignal): Place;
  /** Places taken, and the bytes that they hold. */
  load(): { readonly depth: number; readonly bytes: number };
}

interface Waiter {
  start(): void;
}

interface Holder {
  touched: number;
  /** Gives its place back. */
  readonly leave: () => void;
}

/**
 * Makes a run queue.
 *
 * @example
 * ```ts
 * const queue = createRunQueue({ depth: 256, bytes: 24 * 2 ** 20, leaseMs: 30_000 });
 * const place = queue.enter(body.byteLength);
 * const answer = await place.run(() => classify(model, body));
 * ```
 */
export function createRunQueue(options: QueueOptions): RunQueue {
  let depth = 0;
  let bytes = 0;
  let holder: Holder | undefined;
  const waiters = new Set<Waiter>();

  function next(): void {
    const [waiter] = waiters;
    holder = undefined;
    if (waiter === undefined) return;
    waiter.start();
  }

  /** Lets the next one in when the holder has given no sign of life for too long. Its place is free, too. */
  function watch(): void {
    if (holder === undefined || Date.now() - holder.touched <= options.leaseMs) return;
    holder.leave();
    next();
  }

  /** Resolves when the slot is the caller's. */
  function turn(signal: AbortSignal | undefined, leave: () => void): Promise<Holder> {
    return new Promise((resolve, reject) => {
      const take = () => {
        holder = { touched: Date.now(), leave };
        resolve(holder);
      };
      const cancel = () => reject(new CancelledError("the caller went away before its turn"));
      if (signal?.aborted) return cancel();
      if (holder === undefined) return take();
      const timer = setInterval(watch, options.leaseMs / 4);
      const done = () => {
        clearInterval(timer);
        waiters.delete(waiter);
        signal?.removeEventListener("abort", abandon);
      };
      const waiter: Waiter = {
        start() {
          done();
          take();
        },
      };
      const abandon = () => {
        done();
        cancel();
      };
      waiters.add(waiter);
      signal?.addEventListener("abort", abandon);
    });
  }

  async function hold<T>(own: Holder, job: (slot: Slot) => Promise<T>): Promise<T> {
    try {
      own.touched = Date.now();
      return await job({
        touch() {
          own.touched = Date.now();
        },
      });
    } finally {
      // Not when the lease ran out meanwhile and another holds the slot.
      if (holder === own) next();
    }
  }

  function enter(size: number, signal?: AbortSignal): Place {
    if (depth >= options.depth) {
      throw new OverloadedError(`${depth} requests are waiting, the most that are held`);
    }
    let held = 0;
    let inside = true;
    const grow = (more: number) => {
      // What came after the place was given back would be counted for ever.
      if (!inside) throw new CancelledError("the caller went away while its request arrived");
      if (bytes + more > options.bytes) {
        throw new OverloadedError(`${bytes} bytes of ${options.bytes} are held by waiting requests`);
      }
      bytes += more;
      held += more;
    };
    const leave = () => {
      if (!inside) return;
      inside = false;
      depth -= 1;
      bytes -= held;
      signal?.removeEventListener("abort", leave);
    };
    grow(size);
    depth += 1;
    const shrink = (less: number) => {
      if (!inside) return;
      bytes -= less;
      held -= less;
    };
    // A request that is dropped while its body arrives may never get to a `finally`.
    signal?.addEventListener("abort", leave);
    return {
      since: Date.now(),
      grow,
      shrink,
      leave,
      async run(job, { keepAlive, stay = false } = {}) {
        let own: Holder;
        try {
          own = await turn(signal, leave);
        } catch (error) {
          leave();
          throw error;
        }
        signal?.removeEventListener("abort", leave);
        const work = hold(own, job).finally(() => {
          if (!stay || signal?.aborted) leave();
          else if (inside) signal?.addEventListener("abort", leave);
        });
        keepAlive?.(work.catch(() => undefined));
        return await work;
      },
    };
  }

  return { enter, load: () => ({ depth, bytes }) };
}
