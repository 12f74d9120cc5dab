export interface PanelPage {
  readonly title: string;
  /** Of the webview: where its own resources come from. */
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  /** Fresh for each page: only scripts that carry it run. */
  readonly nonce: string;
  /** What the serializer gets back after a reload of the window. */
  readonly state: PanelState;
}

/** Absolute run folders, in the order of the columns. */
export interface PanelState {
  readonly runFolders: readonly string[];
}

/** The page around a panel's bundle. Nothing but the bundle, its stylesheet and the line below may run or load. */
export function panelHtml(page: PanelPage): string {
  const policy = [
    "default-src 'none'",
    `style-src ${page.cspSource}`,
    `img-src ${page.cspSource} data:`,
    `font-src ${page.cspSource}`,
    `script-src 'nonce-${page.nonce}'`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(page.title)}</title>
<link rel="stylesheet" href="${escapeAttribute(page.styleUri)}">
</head>
<body>
<script nonce="${page.nonce}">${rememberState(page.state)}</script>
<script nonce="${page.nonce}" src="${escapeAttribute(page.scriptUri)}"></script>
</body>
</html>
`;
}

/**
 * VS Code restores a panel with the state that the page itself has set, and hands its API out once: so the page takes it,
 * notes its runs beside whatever the panel remembers, and passes the API on to the panel's script.
 */
function rememberState(state: PanelState): string {
  // "<" could end the script element.
  const json = JSON.stringify(state).replaceAll("<", "\\u003c");
  return `(() => { const api = acquireVsCodeApi(); api.setState({ ...api.getState(), ...${json} }); globalThis.acquireVsCodeApi = () => api; })();`;
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', "&quot;");
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
