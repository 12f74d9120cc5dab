/** A panel's bundle in a real browser, as VS Code would show it: same content security policy, theme variables, message channel. */
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import type { Browser, Page } from "playwright-core";
import type { FromPanel, ToPanel } from "../../contracts/panel-protocol";
import { type ThemeName, vsCodeThemes } from "./vscode-themes";

const root = path.resolve(import.meta.dirname, "../..");
const screenshots = path.join(root, "test-results/screenshots");
const origin = "http://panel.test";
const nonce = "c2FtcGxl";
const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${origin}; img-src data:`;

export type PanelName = "run-panel" | "comparison-panel" | "try-panel";

export interface PanelPageOptions {
  panel: PanelName;
  theme: ThemeName;
  width?: number;
  height?: number;
}

export class PanelPage {
  /** Errors of scripts and violations of the content security policy. */
  readonly problems: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(browser: Browser, options: PanelPageOptions): Promise<PanelPage> {
    const { panel, theme, width = 1200, height = 900 } = options;
    const page = await browser.newPage({
      viewport: { width, height },
      colorScheme: theme === "light" ? "light" : "dark",
    });
    const opened = new PanelPage(page);
    page.on("console", (message) => {
      if (message.type() === "error") opened.problems.push(message.text());
    });
    page.on("pageerror", (error) => opened.problems.push(error.message));
    await page.addInitScript(vsCodeApi);
    await opened.serve(panelHtml(panel, theme), theme);
    await page.goto(`${origin}/panel.html`);
    await page.waitForFunction(() => window.posted.some((message) => message.type === "ready"));
    return opened;
  }

  /** The page that `mos compare --html` writes: no VS Code, the snapshot inside. */
  static async openAlone(browser: Browser, html: string, colorScheme: "light" | "dark"): Promise<PanelPage> {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme });
    const opened = new PanelPage(page);
    page.on("pageerror", (error) => opened.problems.push(error.message));
    await page.setContent(html);
    return opened;
  }

  async send(message: unknown): Promise<void> {
    await this.page.evaluate((data) => window.postMessage(data, "*"), message as ToPanel);
    await this.drawn();
  }

  /** Two frames after the panel's longest pause between two drawings. */
  async drawn(): Promise<void> {
    await this.page.evaluate(
      () =>
        new Promise<void>((done) => {
          setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => done())), 260);
        }),
    );
  }

  async posted(): Promise<FromPanel[]> {
    return await this.page.evaluate(() => window.posted);
  }

  async setTheme(name: ThemeName): Promise<void> {
    const { bodyClass, variables } = vsCodeThemes[name];
    await this.page.evaluate(
      ([className, entries]) => {
        for (const [key, value] of entries) document.documentElement.style.setProperty(key, value);
        document.body.className = className;
      },
      [bodyClass, Object.entries(variables)] as const,
    );
    await this.drawn();
  }

  async screenshot(name: string): Promise<void> {
    fs.mkdirSync(screenshots, { recursive: true });
    // In a picture of the whole page a sticky legend would lie where the reader has scrolled to.
    await this.page.evaluate(() => window.scrollTo(0, 0));
    await this.page.screenshot({ path: path.join(screenshots, `webview-${name}.png`), fullPage: true });
  }

  /** Violations that axe-core finds, as `rule: elements`. */
  async accessibilityViolations(): Promise<string[]> {
    const file = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
    await this.page.evaluate(fs.readFileSync(file, "utf8"));
    return await this.page.evaluate(async () => {
      const { violations } = await window.axe.run();
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
      );
    });
  }

  /** Elements that stick out of the page to the right, other than those inside a region that scrolls; the page if it scrolls. */
  async overflowing(): Promise<string[]> {
    return await this.page.evaluate(() => {
      const { scrollWidth } = document.documentElement;
      if (scrollWidth > window.innerWidth) return [`page is ${scrollWidth} wide`];
      const scrolls = (element: Element) => element.closest(".table-scroll, .data-table") !== null;
      return [...document.querySelectorAll("main *")]
        .filter(
          (element) => !scrolls(element) && element.getBoundingClientRect().right > window.innerWidth + 0.5,
        )
        .map((element) => `${element.tagName}.${element.className}`);
    });
  }

  /** What the chart named `title` says about itself. */
  async chartSummary(title: string): Promise<string> {
    const canvas = this.page.locator(`section.figure[aria-label="${title}"] canvas`);
    return ((await canvas.getAttribute("aria-label")) ?? "").replaceAll("\u202f", " ");
  }

  /** The pixels of a chart: equal texts are equal pictures. */
  async chartPixels(title: string): Promise<string> {
    return await this.page
      .locator(`section.figure[aria-label="${title}"] canvas`)
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  }

  /** What was last said to screen readers. */
  async announced(): Promise<string> {
    return (await this.page.textContent("[role=status]")) ?? "";
  }

  async close(): Promise<void> {
    await this.page.close();
  }

  private async serve(html: string, theme: ThemeName): Promise<void> {
    await this.page.route(`${origin}/**`, async (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === "/panel.html") {
        const headers = { "content-security-policy": policy };
        return await route.fulfill({ body: html, contentType: "text/html", headers });
      }
      if (pathname === "/theme.css") {
        return await route.fulfill({ body: themeCss(theme), contentType: "text/css" });
      }
      const file = path.join(root, "dist/webview", path.basename(pathname));
      if (!fs.existsSync(file)) return await route.fulfill({ status: 404 });
      return await route.fulfill({ path: file });
    });
  }
}

function panelHtml(panel: PanelName, theme: ThemeName): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Panel</title>
<link rel="stylesheet" href="/theme.css"><link rel="stylesheet" href="/${panel}.css"></head>
<body class="${vsCodeThemes[theme].bodyClass}"><script nonce="${nonce}" src="/${panel}.js"></script></body></html>`;
}

function themeCss(theme: ThemeName): string {
  const lines = Object.entries(vsCodeThemes[theme].variables).map(([key, value]) => `${key}: ${value};`);
  return `:root { ${lines.join(" ")} }`;
}

declare global {
  interface Window {
    posted: FromPanel[];
    panelState(): unknown;
    axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
  }
}

/** Runs in the page, before its scripts. */
function vsCodeApi(): void {
  window.posted = [];
  let state: unknown;
  const api = {
    postMessage: (message: unknown) => window.posted.push(message as FromPanel),
    getState: () => state,
    setState: (next: unknown) => {
      state = next;
    },
  };
  Object.assign(window, { acquireVsCodeApi: () => api, panelState: () => state });
}
