/** The panel's end of `contracts/panel-protocol.ts`: in a VS Code webview, or alone in a file that `mos compare --html` wrote. */
import * as v from "valibot";
import {
  type FromPanel,
  PANEL_PROTOCOL_VERSION,
  type ToPanel,
  toPanelSchema,
} from "../contracts/panel-protocol";

/** Id of the `<script type="application/json">` that holds the snapshot of a file standing alone. */
export const SNAPSHOT_ELEMENT_ID = "mos-snapshot";

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare global {
  /** There only inside a VS Code webview; may be called once. */
  var acquireVsCodeApi: (() => VsCodeApi) | undefined;
}

export interface PanelHost {
  /** False for a file standing alone: there is nobody to stop a run or to open a file. */
  readonly interactive: boolean;
  post(message: FromPanel): void;
  /** `onProblem` gets a sentence for the user about a message that could not be read. */
  listen(onMessage: (message: ToPanel) => void, onProblem: (problem: string) => void): void;
  /** What the panel remembered before it was hidden or the window was reloaded; in a file, what it was written with. */
  recall(key: string): unknown;
  remember(key: string, value: unknown): void;
}

export function openPanelHost(): PanelHost {
  return globalThis.acquireVsCodeApi ? inVsCode(globalThis.acquireVsCodeApi()) : standingAlone();
}

/** Throws a sentence when the message is none of ours; the extension and a reloaded panel may differ in version. */
export function readToPanel(data: unknown): ToPanel {
  const result = v.safeParse(toPanelSchema, data);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const where = v.getDotPath(issue) ?? "message";
  throw new TypeError(
    `The panel could not read what it was sent (${where}: ${issue.message}). Close the panel and open it again.`,
  );
}

function inVsCode(api: VsCodeApi): PanelHost {
  return {
    interactive: true,
    post: (message) => api.postMessage(message),
    listen: (onMessage, onProblem) => {
      const problem = (message: string) => {
        onProblem(message);
        api.postMessage({ type: "problem", message } satisfies FromPanel);
      };
      window.addEventListener("message", (event) => deliver(event.data, onMessage, problem));
      api.postMessage({ type: "ready", protocol: PANEL_PROTOCOL_VERSION } satisfies FromPanel);
    },
    recall: (key) => stateOf(api)[key],
    // The extension's serializer keeps its own keys in the same state.
    remember: (key, value) => api.setState({ ...stateOf(api), [key]: value }),
  };
}

function standingAlone(): PanelHost {
  return {
    interactive: false,
    post: () => undefined,
    listen: (onMessage, onProblem) => {
      const text = document.getElementById(SNAPSHOT_ELEMENT_ID)?.textContent;
      if (!text) return onProblem("This page holds no runs. Write it again with `mos compare --html`.");
      deliver(parse(text), onMessage, onProblem);
    },
    recall: (key) => document.getElementById(SNAPSHOT_ELEMENT_ID)?.dataset[key],
    remember: () => undefined,
  };
}

function deliver(data: unknown, onMessage: (message: ToPanel) => void, onProblem: (problem: string) => void) {
  let message: ToPanel;
  try {
    message = readToPanel(data);
  } catch (error) {
    return onProblem((error as Error).message);
  }
  onMessage(message);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function stateOf(api: VsCodeApi): Record<string, unknown> {
  const state = api.getState();
  return typeof state === "object" && state !== null ? (state as Record<string, unknown>) : {};
}
