/**
 * Opens a model for the Open Inference Protocol: the network alone, without decoding or a task around it.
 *
 * @module
 */
import type { Session } from "../../runtime/engines/engine.ts";
import { admit, IDLE_BYTES } from "../../runtime/memory.ts";
import type { Place, Slot } from "../../runtime/queue.ts";
import { findModel, type Selection, selectModel } from "../../runtime/registry/select.ts";
import type { LoadedModel } from "../../runtime/registry/types.ts";
import { type AppContext, keepAlive } from "../context.ts";
import { identify, modelBucket } from "../infer.ts";
import { problem } from "../problem.ts";

/** The model and variant of a request's address; the protocol's version is our variant. @throws {ModelError} */
export function selectByPath(c: AppContext): Selection {
  const { manifest } = c.get("services").vision;
  const name = c.req.param("name") ?? "";
  const { task } = findModel(manifest, name).card;
  return selectModel(manifest, { task, model: name, variant: c.req.param("version") });
}

/** A model that is open, and its one graph. */
export interface OpenModel {
  readonly model: LoadedModel;
  readonly session: Session;
}

/**
 * Does work with the model in the queue's slot.
 *
 * @param work is given what opens the model, for a run over so many pixels, if both and `extraBytes` fit into memory
 * @throws {Problem} `wrong-task` for a model of several graphs: what runs between them is not a tensor's business
 */
export async function withModel<T>(
  c: AppContext,
  place: Place,
  selection: Selection,
  work: (open: (pixels: number, extraBytes: number) => Promise<OpenModel>) => Promise<T>,
): Promise<T> {
  const { config, vision } = c.get("services");
  const graphs = Object.keys(selection.stored.graphs);
  if (graphs.length !== 1) {
    throw problem(
      "wrong-task",
      `'${selection.name}' is ${graphs.length} graphs (${graphs.join(", ")}), with work between them that is no graph. POST /v1/detect runs it.`,
    );
  }
  const open = async (slot: Slot, pixels: number, decode: number): Promise<OpenModel> => {
    const held = { idle: IDLE_BYTES, bodies: vision.queue.load().bytes, decode };
    const demand = vision.registry.demand(selection, pixels);
    admit({ ...held, model: Math.max(demand.load, demand.run) }, config.memoryLimitBytes);
    const wasOpen = vision.registry.isLoaded(selection);
    const bucket = modelBucket(c);
    const model = await vision.registry.load(selection, {
      bucket,
      since: place.since,
      onProgress: slot.touch,
    });
    c.get("log").models = [{ ...identify(model), state: wasOpen ? "open" : "loaded" }];
    return { model, session: Object.values(model.sessions)[0] };
  };
  return place.run((slot) => work((pixels, extraBytes) => open(slot, pixels, extraBytes)), {
    keepAlive: keepAlive(c),
  });
}
