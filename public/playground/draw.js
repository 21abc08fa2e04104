/**
 * Draws predictions over the photo and into the list.
 *
 * @module
 */

/** @typedef {import("./api.js").Prediction} Prediction */

const SVG = "http://www.w3.org/2000/svg";
/** The golden angle spreads hues evenly, however many classes there are. */
const GOLDEN_ANGLE = 137.508;
const MASK_OPACITY = 0.55;

/** A colour for a class. @param {number} index */
export function colorOf(index) {
  return `hsl(${(index * GOLDEN_ANGLE) % 360} 85% 50%)`;
}

/**
 * Boxes with their labels, in the photo's own pixels.
 *
 * @param {SVGSVGElement} svg
 * @param {readonly Prediction[]} predictions
 * @param {{ width: number, height: number }} image
 */
export function drawBoxes(svg, predictions, { width, height }) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  // Letters keep their size on screen, whatever the photo's.
  const letter = (14 * width) / Math.max(svg.clientWidth, 1);
  for (const { box, label, index, score } of predictions) {
    if (!box) continue;
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("x", String(box.xmin));
    rect.setAttribute("y", String(box.ymin));
    rect.setAttribute("width", String(box.xmax - box.xmin));
    rect.setAttribute("height", String(box.ymax - box.ymin));
    rect.setAttribute("stroke", colorOf(index));
    const text = document.createElementNS(SVG, "text");
    text.textContent = `${label} ${Math.round((score ?? 0) * 100)} %`;
    text.setAttribute("x", String(box.xmin + letter * 0.25));
    text.setAttribute("y", String(Math.max(box.ymin - letter * 0.35, letter)));
    text.setAttribute("font-size", String(letter));
    text.setAttribute("font-weight", "600");
    text.setAttribute("fill", "#fff");
    text.setAttribute("stroke", "#000");
    text.setAttribute("stroke-width", String(letter * 0.22));
    text.setAttribute("paint-order", "stroke");
    svg.append(rect, text);
  }
}

/**
 * Masks in the colours of their classes. They are drawn at the size on screen: a photo's own may be tens of megapixels.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {readonly Prediction[]} predictions
 */
export async function drawMasks(canvas, predictions) {
  const ratio = Math.min(devicePixelRatio, 2);
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const layer = new OffscreenCanvas(canvas.width, canvas.height);
  const ink = /** @type {OffscreenCanvasRenderingContext2D} */ (
    layer.getContext("2d", { willReadFrequently: true })
  );
  context.globalAlpha = MASK_OPACITY;
  for (const { mask, index } of predictions) {
    if (!mask) continue;
    const image = new Image();
    image.src = `data:image/png;base64,${mask}`;
    await image.decode();
    ink.globalCompositeOperation = "source-over";
    ink.drawImage(image, 0, 0, layer.width, layer.height);
    // White is the class, black the rest: brightness becomes opacity.
    const pixels = ink.getImageData(0, 0, layer.width, layer.height);
    for (let at = 0; at < pixels.data.length; at += 4) {
      pixels.data[at + 3] = /** @type {number} */ (pixels.data[at]);
    }
    ink.putImageData(pixels, 0, 0);
    ink.globalCompositeOperation = "source-in";
    ink.fillStyle = colorOf(index);
    ink.fillRect(0, 0, layer.width, layer.height);
    context.drawImage(layer, 0, 0);
    ink.clearRect(0, 0, layer.width, layer.height);
  }
}

/**
 * The list of predictions: labels with bars.
 *
 * @param {HTMLElement} list
 * @param {readonly Prediction[]} predictions
 */
export function listPredictions(list, predictions) {
  list.replaceChildren(
    ...predictions.map((prediction) => {
      const amount = prediction.score ?? prediction.share ?? 0;
      const item = document.createElement("li");
      const swatch = document.createElement("span");
      swatch.className = "swatch";
      swatch.style.background = colorOf(prediction.index);
      const label = document.createElement("span");
      label.textContent = prediction.label;
      const score = document.createElement("span");
      score.className = "score";
      score.textContent = `${(amount * 100).toFixed(1)} %`;
      const meter = document.createElement("meter");
      meter.value = amount;
      meter.setAttribute("aria-label", `${prediction.label}: ${score.textContent}`);
      item.append(swatch, label, score, meter);
      return item;
    }),
  );
}
