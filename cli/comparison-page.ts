/** The comparison panel as one file that needs nothing else: no network, no VS Code. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { PANEL_PROTOCOL_VERSION, type PanelRun, type ToPanel } from "../contracts/panel-protocol";
import { UserError } from "../contracts/user-error";

/** The panel's bundle reads its data from the element with this id when there is no VS Code around it. */
const SNAPSHOT_ELEMENT_ID = "mos-snapshot";

export interface PanelBundle {
  script: string;
  style: string;
}

/** @throws UserError when the product was built without the panel. */
export function readPanelBundle(): PanelBundle {
  const read = (file: string) => fs.readFileSync(path.join(__DIST__, "webview", file), "utf8");
  try {
    return { script: read("comparison-panel.js"), style: read("comparison-panel.css") };
  } catch (error) {
    throw new UserError(
      "file-missing",
      `The comparison panel is not part of this build: ${(error as Error).message}.`,
      "Build it again: npm run build.",
      { cause: error },
    );
  }
}

/** `baseline`: id of the first run of the group to compare with at first; null: the panel chooses. */
export function comparisonPage(
  runs: readonly PanelRun[],
  baseline: string | null,
  bundle: PanelBundle,
): string {
  const snapshot: ToPanel = { type: "snapshot", protocol: PANEL_PROTOCOL_VERSION, runs: [...runs] };
  const script = withoutEndTag(bundle.script, "script");
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "img-src data:",
    "font-src data:",
    `script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  ].join("; ");
  const chosen = baseline === null ? "" : ` data-baseline="${escapeText(baseline)}"`;
  const title = `${runs.map(({ record }) => record.plan.name).join(", ")} - Mixture of Skills`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${withoutEndTag(bundle.style, "style")}</style>
</head>
<body>
<script type="application/json"${chosen} id="${SNAPSHOT_ELEMENT_ID}">${scriptJson(snapshot)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON in which nothing can end the script element or begin a comment: names and texts are the user's. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** The end tag inside a string or a comment of the bundle would end the element; in both languages `<\\/` means the same there. */
function withoutEndTag(source: string, element: "script" | "style"): string {
  const withoutMap = source.replace(/\n?(?:\/\/# sourceMappingURL=.*|\/\*# sourceMappingURL=.*\*\/)\s*$/, "");
  return withoutMap.replace(new RegExp(`</(?=${element})`, "gi"), "<\\/");
}

function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
