import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../tools/models/paths.ts";
import { npmStart, type Started } from "./support/npm-start.ts";

/** Debian's package `chromium`; CI installs it. */
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const PERSON = path.join(ROOT, "public/samples/astronaut.jpg");
const CAT = path.join(ROOT, "public/samples/chelsea.png");
/** Where `KEEP_SCREENSHOTS=1` puts the pictures that the docs show. */
const SCREENSHOTS = path.join(ROOT, "docs/screenshots");

const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) process.stderr.write(`The page's tests are skipped: there is no ${CHROMIUM}.\n`);

describe.runIf(hasChromium)("the playground in Chromium", () => {
  let started: Started;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    started = await npmStart();
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
      ],
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(started.origin);
    await page.locator("select[name=model] option").first().waitFor({ state: "attached" });
  });
  afterAll(async () => {
    await browser?.close();
    await started?.stop();
  });

  const choose = (file: string | { name: string; mimeType: string; buffer: Buffer }) =>
    page.locator("#file").setInputFiles(file);
  const run = () => page.locator("#run").click();
  const screenshot = async (name: string) => {
    if (process.env.KEEP_SCREENSHOTS) await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  };
  const task = (name: string) => page.getByRole("radio", { name }).check();

  it("classifies a chosen photo", async () => {
    await choose(CAT);
    await run();
    await page.locator("#predictions li").first().waitFor();
    expect(await page.locator("#predictions li").count()).toBe(5);
    expect(await page.locator("#curl").textContent()).toContain("/v1/classify?model=");
    await screenshot("classify-1280");
  });

  it("draws boxes where the person is", async () => {
    await task("Detect");
    await choose(PERSON);
    await run();
    const box = page.locator("#boxes rect").first();
    await box.waitFor({ state: "attached" });
    expect(await page.locator("#boxes text").first().textContent()).toMatch(/^person \d+ %$/);
    // The astronaut stands in the left two thirds of the photo.
    expect(Number(await box.getAttribute("x"))).toBeLessThan(60);
    expect(Number(await box.getAttribute("width"))).toBeGreaterThan(300);
    await screenshot("detect-1280");
  });

  it("draws the mask where the person is", async () => {
    await task("Segment");
    await run();
    await page.locator("#results").waitFor();
    await expect.poll(() => page.locator("#mask").evaluate(opacityAt, [0.4, 0.3])).toBeGreaterThan(100);
    expect(await page.locator("#mask").evaluate(opacityAt, [0.9, 0.2])).toBeLessThan(20);
    await screenshot("segment-1280");
  });

  it("segments with the landscape model, too", async () => {
    await page.locator("select[name=model]").selectOption("selfie_segmentation_landscape");
    await run();
    await expect.poll(() => page.locator("#mask").evaluate(opacityAt, [0.4, 0.3])).toBeGreaterThan(100);
  });

  it("takes a dropped photo of 48 megapixels", async () => {
    await page.getByRole("radio", { name: "Detect" }).check();
    await page.evaluate(dropLargePhoto, { sample: "samples/astronaut.jpg", width: 8000, height: 6000 });
    await expect
      .poll(() => page.locator("#status").textContent(), { timeout: 30_000 })
      .toContain("large.jpg chosen");
    await run();
    await page.locator("#boxes rect").first().waitFor({ state: "attached", timeout: 60_000 });
    expect(await page.locator("#json").textContent()).toContain('"width": 8000');
  }, 120_000);

  it("says what is wrong with a text file", async () => {
    await choose({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("not a picture") });
    await run();
    await page.locator("#error").waitFor();
    expect(await page.locator("#error").textContent()).toMatch(/text/i);
  });

  it("can be used by keyboard alone", async () => {
    await page.reload();
    await page.locator("select[name=model] option").first().waitFor({ state: "attached" });
    for (let tabs = 0; tabs < 30; tabs++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement?.getAttribute("data-sample")?.includes("chelsea")))
        break;
    }
    await page.keyboard.press("Enter");
    await page.locator("#predictions li").first().waitFor();
  });

  it.each(["light", "dark"] as const)("has no serious accessibility findings (%s)", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    await page.evaluate(axe);
    const serious = await page.evaluate(async () => {
      const { axe: checker } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
      const { violations } = await checker.run();
      return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    });
    expect(serious).toEqual([]);
  });

  it("fits a phone", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await screenshot("classify-390-dark");
    await page.emulateMedia({ colorScheme: "light" });
    await task("Detect");
    await choose(PERSON);
    await run();
    await page.locator("#boxes rect").first().waitFor({ state: "attached" });
    await screenshot("detect-390");
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("says so when the server has gone", async () => {
    await started.stop();
    await run();
    await expect.poll(() => page.locator("#error").textContent()).toMatch(/cannot be reached/);
  });
});

/** Drops a file on the page as a user does: the sample, enlarged by the browser. */
async function dropLargePhoto(photo: { sample: string; width: number; height: number }): Promise<void> {
  const image = await createImageBitmap(await (await fetch(photo.sample)).blob());
  const canvas = new OffscreenCanvas(photo.width, photo.height);
  canvas.getContext("2d")?.drawImage(image, 0, 0, photo.width, photo.height);
  const file = new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 })], "large.jpg", {
    type: "image/jpeg",
  });
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  document
    .querySelector("#drop")
    ?.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}

interface AxeResults {
  violations: { id: string; impact: string; nodes: { html: string }[] }[];
}

/** How opaque the mask is at a place given as shares of its width and height: 0 to 255. */
function opacityAt(element: SVGElement | HTMLElement, [x, y]: number[]): number {
  const canvas = element as HTMLCanvasElement;
  if (canvas.width === 0) return 0;
  const at = [Math.round(canvas.width * (x ?? 0)), Math.round(canvas.height * (y ?? 0))] as const;
  return canvas.getContext("2d")?.getImageData(at[0], at[1], 1, 1).data[3] ?? 0;
}
