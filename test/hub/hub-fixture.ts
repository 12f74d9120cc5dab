/** What tests of the Hub begin with: a server, an empty cache, and somebody who waits for nothing. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { onTestFinished } from "vitest";
import type { HubAccess } from "../../training-host/hub/access";
import type { DownloadProgress, DownloadState } from "../../training-host/hub/progress";
import type { Patience } from "../../training-host/hub/retries";
import { HubServer } from "./hub-server";

export class Watched implements DownloadProgress {
  readonly states: DownloadState[] = [];
  readonly notes: string[] = [];

  show(state: DownloadState): void {
    this.states.push(state);
  }

  note(sentence: string): void {
    this.notes.push(sentence);
  }
}

/** Tries again at once, and tells what it was asked to wait. */
export class NoPatience implements Patience {
  readonly tries = 3;
  readonly waited: number[] = [];

  constructor(readonly stallSeconds = 30) {}

  async wait(seconds: number): Promise<void> {
    this.waited.push(seconds);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export interface HubFixture {
  server: HubServer;
  access: HubAccess;
  progress: Watched;
  patience: NoPatience;
}

export async function hubFixture(): Promise<HubFixture> {
  const server = await HubServer.start();
  onTestFinished(() => server.stop());
  const access = { endpoint: server.endpoint, token: null, offline: false, cache: temporaryFolder() };
  server.cache = access.cache;
  return { server, access, progress: new Watched(), patience: new NoPatience() };
}

export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-hub-"));
  onTestFinished(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Bytes that no compression makes smaller, the same every time. */
export function noise(bytes: number, seed = 1): Buffer {
  const content = Buffer.alloc(bytes);
  let state = seed;
  for (let at = 0; at < bytes; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    content[at] = state >>> 24;
  }
  return content;
}
