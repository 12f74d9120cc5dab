import * as fs from "node:fs";
import * as path from "node:path";
import { runFolderLayout } from "../../contracts/run-folder";
import type { RunStore } from "./run-store";

const DEFAULT_INTERVAL = 2000;

/** Files that tell that somebody takes a run up or leaves it. */
const MARKS = [
  runFolderLayout.plan,
  runFolderLayout.discovery,
  runFolderLayout.launcher,
  runFolderLayout.events,
] as const;

/**
 * Keeps a store to what lies in some runs directories, which need not exist yet. It looks every few seconds by itself: file
 * watchers start late, merge the deletion of a folder into one event, and do not work on network folders.
 */
export class RunsDirectories {
  private readonly directories = new Set<string>();
  /** Folder -> when its marks were last changed, as they were when the store read it. */
  private readonly marks = new Map<string, string>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly store: RunStore,
    interval: number = DEFAULT_INTERVAL,
  ) {
    this.timer = setInterval(() => this.look(), interval);
    this.timer.unref();
  }

  add(runsDirectory: string): void {
    const directory = path.resolve(runsDirectory);
    if (this.directories.has(directory)) return;
    this.directories.add(directory);
    this.lookAt(directory);
  }

  /** Forgets the directories, and their runs, for which `keep` says false. */
  retain(keep: (runsDirectory: string) => boolean): void {
    for (const directory of this.directories) if (!keep(directory)) this.directories.delete(directory);
    for (const { folder } of this.store.runs()) {
      if (!this.directories.has(path.dirname(folder))) this.forget(folder);
    }
  }

  /** Reads what is new or changed now, and drops what is gone. */
  look(): void {
    for (const directory of this.directories) this.lookAt(directory);
  }

  dispose(): void {
    clearInterval(this.timer);
    this.directories.clear();
  }

  private lookAt(directory: string): void {
    const folders = runFoldersIn(directory);
    for (const { folder } of this.store.runs()) {
      if (path.dirname(folder) === directory && !folders.has(folder)) this.forget(folder);
    }
    for (const [folder, marks] of folders) {
      if (this.marks.get(folder) === marks) continue;
      this.marks.set(folder, marks);
      this.store.refresh(folder);
    }
  }

  private forget(folder: string): void {
    this.marks.delete(folder);
    this.store.remove(folder);
  }
}

/** Run folder -> its marks. */
function runFoldersIn(directory: string): Map<string, string> {
  const folders = new Map<string, string>();
  for (const name of namesIn(directory)) {
    const folder = path.join(directory, name);
    const [plan, ...others] = MARKS.map((file) => changeTime(path.join(folder, file)));
    if (plan !== null) folders.set(folder, [plan, ...others].join(" "));
  }
  return folders;
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    // Not made yet, or away at this moment.
    return [];
  }
}

function changeTime(file: string): number | null {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
