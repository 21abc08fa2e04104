/**
 * The playground: a photo in, predictions drawn over it.
 *
 * @module
 */
import { ApiError, curlLine, listModels, predict, ROUTES } from "./api.js";
import { drawBoxes, drawMasks, listPredictions } from "./draw.js";

/** @typedef {import("./api.js").Model} Model */

/** What a task asks for when nothing is chosen: the API's own defaults. */
const DEFAULTS = {
  classification: { top_k: 5, threshold: 0 },
  detection: { top_k: 100, threshold: 0.5 },
  segmentation: { top_k: 1, threshold: 0 },
};

/**
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 */
function find(selector, type) {
  const element = document.querySelector(selector);
  if (!(element instanceof type)) throw new Error(`The page has no ${selector}`);
  return element;
}

const form = find("#options", HTMLFormElement);
const run = find("#run", HTMLButtonElement);
const picture = find("#picture", HTMLImageElement);
const stage = find("#stage", HTMLElement);
const drop = find("#drop", HTMLElement);
const boxes = find("#boxes", SVGSVGElement);
const mask = find("#mask", HTMLCanvasElement);
const status = find("#status", HTMLElement);
const error = find("#error", HTMLElement);
const results = find("#results", HTMLElement);
const json = find("#json", HTMLElement);
const curl = find("#curl", HTMLElement);
const field = (/** @type {string} */ name) =>
  /** @type {HTMLInputElement & HTMLSelectElement & RadioNodeList & HTMLOutputElement} */ (
    form.elements.namedItem(name)
  );

/** @type {Model[]} */
let models = [];
/** @type {{ photo: Blob, name: string } | undefined} */
let chosen;
/** @type {AbortController | undefined} */
let running;

const task = () => /** @type {keyof typeof ROUTES} */ (field("task").value);

function clearResults() {
  running?.abort();
  results.hidden = true;
  error.hidden = true;
  boxes.replaceChildren();
  mask.width = 0;
}

/** @param {unknown} problem */
function showError(problem) {
  error.textContent =
    problem instanceof ApiError ? problem.message : `Something went wrong on this page: ${problem}`;
  error.hidden = false;
  status.textContent = "";
}

/** @param {Blob} photo @param {string} name */
async function setPhoto(photo, name) {
  clearResults();
  chosen = { photo, name };
  run.disabled = models.length === 0;
  if (picture.src.startsWith("blob:")) URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(photo);
  drop.removeAttribute("data-empty");
  // What the browser cannot show may still be a photo to the server, and a text file gets the server's own words.
  const shown = await picture.decode().then(
    () => true,
    () => false,
  );
  stage.hidden = !shown;
  find("#hint", HTMLElement).textContent = shown ? "" : `${name} (this browser cannot show it)`;
  find("#hint", HTMLElement).hidden = shown;
  status.textContent = `${name} chosen.`;
}

function showTask() {
  const fitting = models.filter((model) => model.task === task() && model.installed);
  field("model").replaceChildren(
    ...fitting.map((model) => new Option(model.name, model.name, model.default, model.default)),
  );
  for (const label of form.querySelectorAll("[data-tasks]")) {
    /** @type {HTMLElement} */ (label).hidden = !label.getAttribute("data-tasks")?.includes(task());
  }
  const { top_k, threshold } = DEFAULTS[task()];
  field("top_k").value = String(top_k);
  field("threshold").value = String(threshold);
  showThreshold();
  showModel();
  run.disabled = fitting.length === 0 || chosen === undefined;
}

function showThreshold() {
  field("threshold_value").value = Number(field("threshold").value).toFixed(2);
}

function showModel() {
  const model = models.find((one) => one.name === field("model").value);
  field("variant").replaceChildren(
    ...Object.keys(model?.variants ?? {}).map(
      (variant) => new Option(variant, variant, false, variant === model?.default_variant),
    ),
  );
  find("#model-note", HTMLElement).textContent = model
    ? `${model.description}${model.verification === "unverified" ? " (unverified weights)" : ""}`
    : "No model of this task is installed.";
}

function requestPath() {
  const query = new URLSearchParams({ model: field("model").value, variant: field("variant").value });
  if (task() !== "segmentation") {
    query.set("top_k", field("top_k").value);
    query.set("threshold", field("threshold").value);
  }
  return `${ROUTES[task()]}?${query}`;
}

async function submit() {
  if (!chosen) return;
  clearResults();
  const controller = new AbortController();
  running = controller;
  status.textContent = "Running …";
  run.disabled = true;
  const path = requestPath();
  const key = field("key").value;
  try {
    const { answer, predictions, milliseconds, serverTiming } = await predict(chosen.photo, {
      path,
      key,
      signal: controller.signal,
    });
    results.hidden = false;
    listPredictions(find("#predictions", HTMLElement), predictions);
    if (task() === "detection") drawBoxes(boxes, predictions, answer.image);
    if (task() === "segmentation") await drawMasks(mask, predictions);
    curl.textContent = curlLine(path, chosen.name, key !== "");
    json.textContent = JSON.stringify(
      answer,
      (name, value) => (name === "mask" ? `${String(value).slice(0, 24)}…` : value),
      2,
    );
    json.dataset.whole = JSON.stringify(answer, null, 2);
    find("#timing", HTMLElement).textContent =
      `${Math.round(milliseconds)} ms, request and answer included${serverTiming ? `; ${serverTiming}` : ""}`;
    const count = predictions.length;
    status.textContent = `Done: ${count === 0 ? "nothing found" : `${count} prediction${count === 1 ? "" : "s"}`}.`;
  } catch (problem) {
    if (!controller.signal.aborted) showError(problem);
  } finally {
    run.disabled = false;
  }
}

async function loadModels() {
  try {
    models = await listModels(field("key").value);
    error.hidden = true;
    showTask();
  } catch (problem) {
    showError(problem);
  }
}

/** @param {FileList | null | undefined} files */
function takeFile(files) {
  const file = files?.[0];
  if (file) void setPhoto(file, file.name || "photo");
}

for (const [button, input] of [
  ["#choose", "#file"],
  ["#camera", "#capture"],
]) {
  const picker = find(input, HTMLInputElement);
  find(button, HTMLButtonElement).addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => {
    takeFile(picker.files);
    picker.value = "";
  });
}
for (const sample of document.querySelectorAll("[data-sample]")) {
  sample.addEventListener("click", async () => {
    const url = sample.getAttribute("data-sample") ?? "";
    const response = await fetch(url);
    await setPhoto(await response.blob(), url.split("/").at(-1) ?? "sample");
    await submit();
  });
}
drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  takeFile(event.dataTransfer?.files);
});
document.addEventListener("paste", (event) => takeFile(event.clipboardData?.files));
for (const radio of form.querySelectorAll("[name=task]")) {
  radio.addEventListener("change", () => {
    clearResults();
    showTask();
  });
}
field("model").addEventListener("change", showModel);
field("threshold").addEventListener("input", showThreshold);
field("key").addEventListener("change", loadModels);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void submit();
});
for (const button of document.querySelectorAll("[data-copies]")) {
  button.addEventListener("click", async () => {
    const source = find(`#${button.getAttribute("data-copies")}`, HTMLElement);
    await navigator.clipboard.writeText(source.dataset.whole ?? source.textContent ?? "");
    status.textContent = "Copied.";
  });
}

void loadModels();
