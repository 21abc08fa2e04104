/**
 * Talks to the Worker: the routes that everybody calls.
 *
 * @module
 */

/**
 * @typedef {{ name: string, task: "classification" | "detection" | "segmentation", description: string, installed: boolean,
 *   default_variant?: string, variants?: Record<string, object>, default?: boolean, verification?: string }} Model
 * @typedef {{ label: string, index: number, score?: number, box?: { xmin: number, ymin: number, xmax: number, ymax: number },
 *   share?: number, mask?: string }} Prediction
 * @typedef {{ predictions: Prediction[], segments?: Prediction[], image: { width: number, height: number }, model: object }} Answer
 */

/** The route of each task. */
export const ROUTES = { classification: "v1/classify", detection: "v1/detect", segmentation: "v1/segment" };

/** What segmenters call the rest of a photo: it is no find. */
const BACKGROUND = /^(__background__|background)$/;

/** An answer that is not the one asked for; the message is meant for people. */
export class ApiError extends Error {
  /** @param {string} message @param {number} [status] */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** @param {string} key @returns {Record<string, string>} */
function authorization(key) {
  return key === "" ? {} : { authorization: `Bearer ${key}` };
}

/**
 * @param {string} path
 * @param {RequestInit} init
 */
async function request(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError("The server cannot be reached. Is it still running?");
  }
  if (response.ok) return response;
  /** @type {{ title?: string, detail?: string }} */
  const problem = await response.json().catch(() => ({}));
  const words = [problem.title, problem.detail].filter(Boolean).join(": ");
  throw new ApiError(words || `The server answered ${response.status}.`, response.status);
}

/**
 * The models there are.
 *
 * @param {string} key
 * @returns {Promise<Model[]>}
 */
export async function listModels(key) {
  const response = await request("v1/models", { headers: authorization(key) });
  return (await response.json()).models;
}

/**
 * Runs a task on a photo.
 *
 * @param {Blob} photo
 * @param {{ path: string, key: string, signal: AbortSignal }} call
 * @returns {Promise<{ answer: Answer, predictions: Prediction[], milliseconds: number, serverTiming: string | null }>}
 */
export async function predict(photo, call) {
  const start = performance.now();
  const response = await request(call.path, {
    method: "POST",
    body: photo,
    headers: { "content-type": photo.type || "application/octet-stream", ...authorization(call.key) },
    signal: call.signal,
  });
  /** @type {Answer} */
  const answer = await response.json();
  return {
    answer,
    predictions: answer.predictions ?? (answer.segments ?? []).filter(({ label }) => !BACKGROUND.test(label)),
    milliseconds: performance.now() - start,
    serverTiming: response.headers.get("server-timing"),
  };
}

/**
 * The same call as a line for a shell.
 *
 * @param {string} path
 * @param {string} fileName
 * @param {boolean} withKey
 */
export function curlLine(path, fileName, withKey) {
  const url = new URL(path, location.href).href;
  const quoted = `'${fileName.replaceAll("'", "'\\''")}'`;
  const key = withKey ? ' -H "Authorization: Bearer $EDGE_VISION_KEY"' : "";
  return `curl${key} --data-binary @${quoted} '${url}'`;
}
