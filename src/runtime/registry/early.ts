/**
 * Asks storage for a file before it is needed, so that waiting for one goes on while another is worked on.
 *
 * @module
 */

/** A file that has been asked for. */
export interface EarlyFile {
  /** The stream, from its first byte: the one that was asked for early, and after that a new one each time. */
  open(): Promise<ReadableStream<Uint8Array>>;
  /** Lets go of the stream if nobody took it. */
  release(): void;
}

/** Asks for a file now. Failures are told to whoever opens it. */
export function askEarly(open: () => Promise<ReadableStream<Uint8Array>>): EarlyFile {
  let early: Promise<ReadableStream<Uint8Array>> | undefined = open();
  early.catch(() => undefined);
  const take = () => {
    const taken = early;
    early = undefined;
    return taken;
  };
  return {
    open: () => take() ?? open(),
    release() {
      // Nobody waits for storage to let go.
      take()
        ?.then((stream) => stream.cancel())
        .catch(() => undefined);
    },
  };
}
