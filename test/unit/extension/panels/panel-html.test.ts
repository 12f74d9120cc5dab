import { describe, expect, it } from "vitest";
import { type PanelPage, panelHtml } from "../../../../extension/panels/panel-html";

const page: PanelPage = {
  title: "skills",
  cspSource: "https://webview.test",
  scriptUri: "https://webview.test/run-panel.js",
  styleUri: "https://webview.test/run-panel.css",
  nonce: "abc123",
  state: { runFolders: ["/runs/a"] },
};

describe("the page of a panel", () => {
  it("lets nothing run or load but what carries the nonce or comes from its own folder", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(panelHtml(page))![1]!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'nonce-abc123'");
    expect(policy).not.toContain("unsafe");
    expect(policy).not.toContain("*");
    for (const script of panelHtml(page).match(/<script[^>]*>/g)!) expect(script).toContain('nonce="abc123"');
  });

  it("cannot be broken out of by names and paths", () => {
    const nasty = `</script><script>alert("1")</script>`;
    const html = panelHtml({ ...page, title: nasty, state: { runFolders: [nasty] } });
    expect(html.match(/<script\b/g)).toHaveLength(2);
    expect(html).not.toContain("<script>alert");
  });

  it("notes its runs beside what the panel remembers, and hands the API on", () => {
    const html = panelHtml(page);
    const script = /<script nonce="abc123">(.*?)<\/script>/s.exec(html)![1]!;
    let state: unknown = { hidden: ["copy"] };
    const api = { getState: () => state, setState: (next: unknown) => (state = next) };
    const scope: { acquireVsCodeApi: () => unknown } = { acquireVsCodeApi: () => api };
    // Runs the page's own line as the page would, with `globalThis` being the page's.
    new Function("globalThis", "acquireVsCodeApi", script)(scope, scope.acquireVsCodeApi);
    expect(state).toEqual({ hidden: ["copy"], runFolders: ["/runs/a"] });
    expect(scope.acquireVsCodeApi()).toBe(api);
  });
});
