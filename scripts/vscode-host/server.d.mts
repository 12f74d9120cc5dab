export interface RunningServer {
  readonly port: number;
  stop(): Promise<void>;
}

export function isHostInstalled(): boolean;
export function startServer(options?: {
  extensionsFolder?: string;
  userSettings?: Readonly<Record<string, unknown>>;
  logFile?: string;
  testDriver?: boolean;
  environment?: Readonly<Record<string, string>>;
}): Promise<RunningServer>;
export function installExtension(vsix: string, extensionsFolder: string): void;
export function workbenchUrl(options: {
  port: number;
  folder: string;
  openFile?: string;
  extensionDevelopmentPath?: string;
  extensionTestsPath?: string;
}): string;
