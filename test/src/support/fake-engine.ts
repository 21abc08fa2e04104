/**
 * An engine without a network: it opens anything that is not called unsupported, and says what was asked of it.
 *
 * @module
 */
import {
  type Engine,
  EngineError,
  type EngineName,
  type EngineProvider,
} from "../../../src/runtime/engines/engine.ts";

/** What a {@link fakeEngine} did. */
export interface FakeEngine extends EngineProvider {
  readonly opened: string[];
  readonly closed: string[];
  starts: number;
}

/**
 * @param unsupported locations of weights whose graph it refuses
 * @param bytesPerPixel what its sessions know of a run, where they do
 * @param weightsBytes what they know of their weights
 */
export function fakeEngine(
  name: EngineName,
  unsupported: readonly string[] = [],
  bytesPerPixel?: number,
  weightsBytes?: number,
): FakeEngine {
  const opened: string[] = [];
  const closed: string[] = [];
  let wasm = 1000;
  const engine: Engine = {
    name,
    memory: () => ({ wasm }),
    async open(source) {
      if (unsupported.includes(source.weightsLocation)) {
        throw new EngineError("unsupported_graph", `${name} does not run ${source.weightsLocation}`);
      }
      let bytes = 0;
      for await (const chunk of await source.openWeights()) bytes += chunk.byteLength;
      wasm += bytes;
      opened.push(source.weightsLocation);
      return {
        engine: name,
        inputs: [],
        outputs: [],
        ...(weightsBytes && { weightsBytes }),
        ...(bytesPerPixel && { runBytes: ({ width, height }) => width * height * bytesPerPixel }),
        run: async () => ({}),
        close: async () => void closed.push(source.weightsLocation),
      };
    },
  };
  return {
    name,
    opened,
    closed,
    starts: 0,
    baseBytes: 1000,
    modelBytes: (bytes) => bytes,
    loadBytes: (_, variant) => (variant === "int8" ? 9 : 7),
    runBytes: (pixels) => pixels,
    async start() {
      this.starts++;
      return engine;
    },
  };
}
