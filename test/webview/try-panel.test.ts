import type { Browser } from "playwright-core";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OpenedModel } from "../../contracts/model-protocol";
import { fromTryPanelSchema, type SideState, type ToTryPanel } from "../../contracts/try-panel-protocol";
import { chromiumPath, launchChromium, withoutChromium } from "./browser";
import { PanelPage } from "./panel-page";
import type { ThemeName } from "./vscode-themes";

const themes: ThemeName[] = ["light", "dark", "high-contrast"];

const model: OpenedModel = {
  architecture: "llama",
  parameters: 894_080,
  contextLength: 2048,
  vocabulary: 2048,
  adapter: null,
  backend: "wasm-blas",
  backendDetail: "own wasm kernels, OpenBLAS 0.3.21",
  threads: 1,
  passedOver: [],
  hasChatTemplate: false,
  endOfText: "<|eos|>",
  stopTexts: ["<|eos|>"],
  heldBytes: 13_000_000,
  step: null,
};

const before: SideState = { kind: "ready", model };
const after: SideState = { kind: "ready", model: { ...model, step: 300 } };
const loading: SideState = { kind: "loading", phase: "loading", share: 0.4, secondsLeft: 3 };

const snapshot = (sides: { before: SideState; after: SideState }): ToTryPanel => ({
  type: "snapshot",
  protocol: 1,
  run: "quickstart/no-ema",
  sides,
  exchanges: [],
});

const waiting = { text: "", end: null };
const question = "Tom has 4 apples and buys 9 more. How many has he?\n";

const asked: ToTryPanel = {
  type: "exchange",
  exchange: { id: 0, prompt: question, as: "text", answers: { before: waiting, after: waiting } },
};
const answered: ToTryPanel[] = [
  asked,
  { type: "delta", exchange: 0, side: "before", text: "apples apples and and" },
  { type: "delta", exchange: 0, side: "after", text: "4 + 9 = 13, " },
  { type: "delta", exchange: 0, side: "after", text: "so he has 13." },
  {
    type: "answer",
    exchange: 0,
    side: "after",
    answer: {
      text: "4 + 9 = 13, so he has 13.",
      end: { kind: "ended", reason: "stop-token", tokens: 14, tokensPerSecond: 412.5 },
    },
  },
];

describe.skipIf(!chromiumPath)(`"Try the Model" in a browser${withoutChromium}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
  });

  async function open(theme: ThemeName, messages: readonly ToTryPanel[], width = 1200): Promise<PanelPage> {
    const panel = await PanelPage.open(browser, { panel: "try-panel", theme, width });
    for (const message of messages) await panel.send(message);
    return panel;
  }

  /** What the page has asked for since it was ready, as the extension would read it. */
  async function requests(panel: PanelPage) {
    return (await panel.posted())
      .map((message) => v.parse(fromTryPanelSchema, message))
      .filter(({ type }) => type !== "ready");
  }

  const states: [string, ToTryPanel[]][] = [
    ["loading", [snapshot({ before, after: loading })]],
    ["answers", [snapshot({ before, after }), ...answered]],
    [
      "scratch",
      [
        snapshot({
          before: { kind: "absent", why: "Before training, a model from scratch knows nothing." },
          after: {
            kind: "failed",
            message: "The run has no checkpoint yet.",
            advice: "Wait until it has written one.",
          },
        }),
      ],
    ],
  ];

  describe.each(states)("%s", (name, messages) => {
    it.each(themes)("looks right, %s", async (theme) => {
      const panel = await open(theme, messages);
      await panel.screenshot(`try-${name}-${theme}`);
      expect(panel.problems).toEqual([]);
      expect(await panel.accessibilityViolations()).toEqual([]);
      expect(await panel.overflowing()).toEqual([]);
      await panel.close();
    });
  });

  it("fits into a narrow editor", async () => {
    const panel = await open("dark", [snapshot({ before, after }), ...answered], 380);
    await panel.screenshot("try-narrow");
    expect(await panel.overflowing()).toEqual([]);
    await panel.close();
  });

  it("shows an answer while it is written, and says it when it is whole", async () => {
    const panel = await open("light", [snapshot({ before, after }), ...answered]);
    const texts = await panel.page.locator(".answer-text").allTextContents();
    expect(texts).toEqual(["apples apples and and", "4 + 9 = 13, so he has 13."]);
    expect(await panel.announced()).toContain("After step 300: 4 + 9 = 13, so he has 13. (ended by itself");
    const busy = await panel.page
      .locator(".answer")
      .evaluateAll((answers) => answers.map((answer) => answer.getAttribute("aria-busy")));
    expect(busy).toEqual(["true", "false"]);
    await panel.close();
  });

  it("asks with the keyboard alone, and stops", async () => {
    const panel = await open("light", [snapshot({ before, after })]);
    const { page } = panel;
    await page.locator("#prompt").focus();
    await page.keyboard.type("Tom has 4 apples.");
    await page.keyboard.press("Control+Enter");
    const sampling = { maxTokens: 128, temperature: 0, topP: null, seed: 0 };
    // The model has no chat template: the text is continued.
    expect(await requests(panel)).toEqual([
      { type: "write", prompt: "Tom has 4 apples.", as: "text", sampling },
    ]);
    await panel.send(asked);
    // While it writes, it takes no second prompt.
    await page.keyboard.press("Control+Enter");
    await page.getByRole("button", { name: "Stop" }).press("Enter");
    expect((await requests(panel)).map(({ type }) => type)).toEqual(["write", "stop"]);
    await panel.close();
  });

  it("sends how the answer is to be drawn, and nothing that is out of range", async () => {
    const chat = { ...model, hasChatTemplate: true };
    const panel = await open("light", [snapshot({ before: { kind: "ready", model: chat }, after })]);
    const { page } = panel;
    await page.locator("#prompt").fill("Hello");
    await page.getByText("How the answer is drawn").click();
    await page.locator("#temperature").fill("-1");
    await page.getByRole("button", { name: "Write" }).click();
    expect(await requests(panel)).toEqual([]);
    await page.locator("#temperature").fill("0.7");
    await page.locator("#topP").fill("0.9");
    await page.locator("#seed").fill("5");
    await page.getByRole("button", { name: "Write" }).click();
    const sampling = { maxTokens: 128, temperature: 0.7, topP: 0.9, seed: 5 };
    expect(await requests(panel)).toEqual([{ type: "write", prompt: "Hello", as: "chat", sampling }]);
    await panel.close();
  });

  it("loads a side again, and clears", async () => {
    const panel = await open("light", [snapshot({ before, after }), ...answered]);
    const { page } = panel;
    await page.getByRole("button", { name: "Load Again" }).click();
    await page.getByRole("button", { name: "Clear" }).click();
    expect(await requests(panel)).toEqual([{ type: "reload", side: "after" }, { type: "clear" }]);
    await panel.send(snapshot({ before, after }));
    expect(await page.locator(".exchange").count()).toBe(0);
    await panel.close();
  });

  it("tells what it cannot read instead of breaking", async () => {
    const panel = await open("light", [snapshot({ before, after })]);
    await panel.send({ type: "side", side: "between" });
    expect(await panel.page.locator(".banner:visible").textContent()).toContain(
      "could not read what it was sent",
    );
    await panel.close();
  });
});
