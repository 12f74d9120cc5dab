/** A panel's end of its protocol: in a VS Code webview, or alone in a file that `mos compare --html` wrote. */
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

/** What a panel hears (`To`) and says (`From`). */
export interface PanelChannel<To, From> {
  /** False for a file standing alone: there is nobody to stop a run or to open a file. */
  readonly interactive: boolean;
  post(message: From): void;
  /** `onProblem` gets a sentence for the user about a message that could not be read. */
  listen(onMessage: (message: To) => void, onProblem: (problem: string) => void): void;
  /** What the panel remembered before it was hidden or the window was reloaded; in a file, what it was written with. */
  recall(key: string): unknown;
  remember(key: string, value: unknown): void;
}

/** Of the panels that show runs. */
export type PanelHost = PanelChannel<ToPanel, FromPanel>;

/** The two messages that every panel's protocol has. */
type Said = { type: "ready"; protocol: 1 } | { type: "problem"; message: string };

export function openPanelHost(): PanelHost {
  const read = (data: unknown) => readMessage(toPanelSchema, data);
  return globalThis.acquireVsCodeApi
    ? inVsCode<ToPanel, FromPanel>(globalThis.acquireVsCodeApi(), read, PANEL_PROTOCOL_VERSION)
    : standingAlone(read);
}

/** For a panel that lives in VS Code only. */
export function openChannel<To, From extends { type: string }>(
  schema: v.GenericSchema<unknown, To>,
  protocol: 1,
): PanelChannel<To, From | Said> {
  return inVsCode<To, From>(globalThis.acquireVsCodeApi!(), (data) => readMessage(schema, data), protocol);
}

/** Throws a sentence when the message is none of ours; the extension and a reloaded panel may differ in version. */
export function readMessage<To>(schema: v.GenericSchema<unknown, To>, data: unknown): To {
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const where = v.getDotPath(issue) ?? "message";
  throw new TypeError(
    `The panel could not read what it was sent (${where}: ${issue.message}). Close the panel and open it again.`,
  );
}

function inVsCode<To, From>(
  api: VsCodeApi,
  read: (data: unknown) => To,
  protocol: 1,
): PanelChannel<To, From | Said> {
  const say = (message: Said) => api.postMessage(message);
  return {
    interactive: true,
    post: (message) => api.postMessage(message),
    listen: (onMessage, onProblem) => {
      const problem = (message: string) => {
        onProblem(message);
        say({ type: "problem", message });
      };
      window.addEventListener("message", (event) => deliver(read, event.data, onMessage, problem));
      say({ type: "ready", protocol });
    },
    recall: (key) => stateOf(api)[key],
    // The extension's serializer keeps its own keys in the same state.
    remember: (key, value) => api.setState({ ...stateOf(api), [key]: value }),
  };
}

function standingAlone<To, From>(read: (data: unknown) => To): PanelChannel<To, From> {
  return {
    interactive: false,
    post: () => undefined,
    listen: (onMessage, onProblem) => {
      const text = document.getElementById(SNAPSHOT_ELEMENT_ID)?.textContent;
      if (!text) return onProblem("This page holds no runs. Write it again with `mos compare --html`.");
      deliver(read, parse(text), onMessage, onProblem);
    },
    recall: (key) => document.getElementById(SNAPSHOT_ELEMENT_ID)?.dataset[key],
    remember: () => undefined,
  };
}

function deliver<To>(
  read: (data: unknown) => To,
  data: unknown,
  onMessage: (message: To) => void,
  onProblem: (problem: string) => void,
) {
  let message: To;
  try {
    message = read(data);
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
