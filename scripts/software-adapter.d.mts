export interface SoftwareAdapter {
  environment: NodeJS.ProcessEnv;
  remove(): void;
}

export function softwareAdapter(): SoftwareAdapter | null;
