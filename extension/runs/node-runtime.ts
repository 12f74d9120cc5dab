/** The program that runs our Node bundles outside the window: launcher, training hosts, `mos`. */
export interface NodeRuntime {
  readonly executable: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface OwnProcess {
  readonly execPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly versions: Readonly<Record<string, string | undefined>>;
}

/** Variables by which VS Code talks to its own children: a training host outlives the window and must not see them. */
const EDITOR_VARIABLE = /^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_CHANNEL_)/;

/**
 * @param configured Setting `mos.node.path`; null for VS Code's own Node.
 * @param defaults Variables that are set where the window's own environment does not set them.
 */
export function nodeRuntime(
  configured: string | null,
  own: OwnProcess = process,
  defaults: Readonly<Record<string, string>> = {},
): NodeRuntime {
  const environment: Record<string, string> = { ...defaults };
  for (const [name, value] of Object.entries(own.env)) {
    if (value !== undefined && !EDITOR_VARIABLE.test(name)) environment[name] = value;
  }
  if (configured !== null && configured.trim() !== "") return { executable: configured.trim(), environment };
  // The desktop application's executable is Electron, which behaves as Node only when asked to.
  if (own.versions.electron !== undefined) environment.ELECTRON_RUN_AS_NODE = "1";
  return { executable: own.execPath, environment };
}
