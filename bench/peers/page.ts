/**
 * The page in which our engine and LiteRT.js run in turn: one thread of one renderer, on the same pixels.
 *
 * @module
 */
import { type CompiledModel, loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import type { ImageTensor, Session } from "../../src/runtime/engines/engine.ts";
import { createKernelsEngine } from "../../src/runtime/engines/kernels/engine.ts";
import { supportsRelaxedSimd } from "../../src/runtime/engines/kernels/module.ts";
import type { PeerModel, PeerOpened, PeersPage, PeerTimes } from "./protocol.ts";

/** Gives the scores of the page's picture. */
type Run = () => Promise<Float32Array>;

let ours: Run | undefined;
/** By variant. */
let theirs: ReadonlyMap<string, Run> = new Map();

/** Without `threads`, LiteRT.js loads a build that cannot start any. */
const liteRt = loadLiteRt("/litert/");

async function open(model: PeerModel): Promise<PeerOpened> {
  const image: ImageTensor = { ...model.image, pixels: noise(model.image) };
  const relaxed = supportsRelaxedSimd();
  const session = await openOurs(model, relaxed);
  ours = () => runOurs(session, image);
  await liteRt;
  const peers = new Map<string, Run>();
  for (const [variant, url] of Object.entries(model.tflite)) {
    peers.set(variant, runTheirs(await loadAndCompile(url, { accelerator: "wasm" }), image));
  }
  theirs = peers;
  const differences: Record<string, number> = {};
  for (const [variant, run] of theirs) differences[variant] = differenceOf(await ours(), await run());
  return { differences, relaxed };
}

/** Runs all in turn; which begins changes with each round. */
async function time(rounds: number): Promise<PeerTimes> {
  if (!ours) throw new Error("No model is open.");
  const own: number[] = [];
  const others = [...theirs].map(([variant, run]) => ({ variant, run, times: [] as number[] }));
  const all = [{ run: ours, times: own }, ...others];
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < all.length; turn++) {
      const { run, times } = all[(round + turn) % all.length];
      const start = performance.now();
      await run();
      times.push(performance.now() - start);
    }
  }
  return { ours: own, theirs: Object.fromEntries(others.map(({ variant, times }) => [variant, times])) };
}

async function openOurs(model: PeerModel, relaxed: boolean): Promise<Session> {
  const kernels = fetch(`/kernels/kernels.${relaxed ? "relaxed" : "simd"}.wasm`);
  const engine = createKernelsEngine(await WebAssembly.compileStreaming(kernels));
  const graph = new Uint8Array(await (await fetch(model.graph)).arrayBuffer());
  const { weightsLocation, weightsBytes } = model;
  const openWeights = async () => {
    const { body } = await fetch(model.weights);
    if (!body) throw new Error(`${model.weights} is empty.`);
    return body;
  };
  return engine.open({ graph, weightsLocation, weightsBytes, openWeights });
}

async function runOurs(session: Session, image: ImageTensor): Promise<Float32Array> {
  const { logits } = await session.run({ input: image });
  return logits.data;
}

/** LiteRT.js takes floats: they are made once, outside of what is timed, as a program of its own would fold them into decoding. */
function runTheirs(peer: CompiledModel, image: ImageTensor): Run {
  const { height, width } = image;
  const floats = normalised(image);
  return async () => {
    const input = new Tensor(floats, [1, height, width, 3]);
    const [output] = await peer.run(input);
    const scores = output.toTypedArray().slice();
    input.delete();
    output.delete();
    return scores as Float32Array;
  };
}

/** Pixels that look like noise, the same in every run. */
function noise({ height, width }: PeerModel["image"]): Uint8Array {
  return Uint8Array.from({ length: height * width * 3 }, (_, index) => (index * 7919) & 255);
}

function normalised({ pixels, scale, mean, std }: ImageTensor): Float32Array {
  return Float32Array.from(pixels, (byte, index) => (byte * scale - mean[index % 3]) / std[index % 3]);
}

function differenceOf(ours: Float32Array, theirs: Float32Array): number {
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  const largest = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return ours.reduce((most, value, index) => Math.max(most, Math.abs(value - theirs[index])), 0) / largest;
}

Object.assign(globalThis, { peers: { open, time } satisfies PeersPage });
