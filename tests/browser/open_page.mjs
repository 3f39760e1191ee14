// Opens HTML files in Chromium and prints, as a line of JSON each, what a reader would meet.
// Usage: node open_page.mjs CHROMIUM, with a line {"path", "width", "dark", "screenshot", "pdf"}
// on standard input for each; one browser opens them all, every file as a visitor of its own.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Characters of the page that are drawn as the box of one that no font has.
function undrawn() {
  const canvas = new OffscreenCanvas(40, 40);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.font = `24px ${getComputedStyle(document.body).fontFamily}`;
  const drawn = (character) => {
    pen.clearRect(0, 0, 40, 40);
    pen.fillText(character, 4, 30);
    return pen.getImageData(0, 0, 40, 40).data.join();
  };
  const box = drawn("\u0378");
  const described = [...document.images].map((image) => image.alt).join("");
  const characters = new Set(document.body.innerText + described);
  return [...characters].filter((it) => it.trim() && drawn(it) === box);
}

async function met(browser, asked) {
  const address = pathToFileURL(asked.path).href;
  const page = await browser.newPage({
    viewport: { width: asked.width, height: 900 },
    colorScheme: asked.dark ? "dark" : "light",
  });
  const requests = [];
  const refused = [];
  const messages = [];
  page.on("requestfailed", (request) => {
    if (request.failure().errorText === "csp") refused.push(request.url());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (url !== address && !url.startsWith("data:")) requests.push(url);
  });
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  page.on("dialog", (dialog) => {
    messages.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(address, { waitUntil: "load" });
  await page.evaluate(axeSource); // through the debugger, so that the page's CSP does not matter
  const { violations, incomplete } = await page.evaluate("axe.run()");
  const found = await page.evaluate(() => ({
    title: document.title,
    lang: document.documentElement.lang,
    text: document.body.innerText,
    scripts: document.scripts.length,
    scroll_width: document.documentElement.scrollWidth,
    client_width: document.documentElement.clientWidth,
    ground: getComputedStyle(document.body).backgroundColor,
  }));
  const missing_glyphs = await page.evaluate(undrawn);
  const heads = await page.evaluate(() =>
    [...document.querySelectorAll("thead")].map((head) => getComputedStyle(head).display));
  if (asked.screenshot) await page.screenshot({ path: asked.screenshot, fullPage: true });
  if (asked.pdf) {
    await page.pdf({ path: asked.pdf, preferCSSPageSize: true, tagged: true, outline: true });
  }
  // A4 less its margins, at 96 dpi: what is wider than the paper would be cut.
  const wide = await page.locator(".wide").count();
  await page.emulateMedia({ media: "print", colorScheme: "light" });
  await page.setViewportSize({ width: wide ? 1001 : 672, height: 900 });
  const printed_width = await page.evaluate(() => document.documentElement.scrollWidth);
  const brief = ({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html.slice(0, 200)) });
  await page.close();
  return {
    ...found,
    missing_glyphs,
    heads,
    printed_width,
    paper_width: wide ? 1001 : 672,
    requests,
    refused,
    console: messages,
    violations: violations.map(brief),
    incomplete: incomplete.map(brief),
  };
}

const browser = await chromium.launch({ executablePath: process.argv[2], args: FLAGS });
try {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await met(browser, JSON.parse(line))));
  }
} finally {
  await browser.close();
}
