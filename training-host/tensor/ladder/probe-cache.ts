/**
 * Remembers how the probes of native libraries ended: a process costs every run a third of a second, and a library that crashed
 * once will crash again. `mos doctor` always probes afresh, and remembers that.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as v from "valibot";
import type { BackendName } from "../../../contracts/backend";
import { type BackendProbe, backendProbeSchema } from "./backend-probe";

const entrySchema = v.strictObject({ key: v.string(), probe: backendProbeSchema });

/** The system's place for what a program can make again. `MOS_CACHE` names another. */
export function userCacheFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (environment.MOS_CACHE) return path.resolve(environment.MOS_CACHE);
  const home = os.homedir();
  const name = "mixture-of-skills";
  if (platform === "darwin") return path.join(home, "Library", "Caches", name);
  if (platform === "win32")
    return path.join(environment.LOCALAPPDATA || path.join(home, "AppData", "Local"), name, "cache");
  return path.join(environment.XDG_CACHE_HOME || path.join(home, ".cache"), name);
}

/**
 * What must be the same for a remembered answer to count: the files with their sizes and times, our version, Node's, the
 * kernels asked for, and the machine, since home folders are shared among machines. null: one of the files is gone.
 */
export function probeKey(files: readonly string[]): string | null {
  const facts: unknown[] = [__VERSION__, process.version, process.arch, os.hostname(), os.release()];
  facts.push(os.cpus()[0]?.model ?? "", process.env.OPENBLAS_CORETYPE ?? "");
  for (const file of files) {
    const stats = fs.statSync(file, { throwIfNoEntry: false });
    if (!stats) return null;
    facts.push(fs.realpathSync(file), stats.size, stats.mtimeMs);
  }
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

export class ProbeCache {
  constructor(private readonly folder = path.join(userCacheFolder(), "probes")) {}

  /** null when nothing is remembered under this key. */
  get(name: BackendName, key: string): BackendProbe | null {
    try {
      const text = fs.readFileSync(this.fileOf(name), "utf8");
      const entry = v.parse(v.pipe(v.string(), v.parseJson(), entrySchema), text);
      return entry.key === key ? entry.probe : null;
    } catch {
      return null;
    }
  }

  /** A folder that cannot be written costs time, nothing else. */
  set(name: BackendName, key: string, probe: BackendProbe): void {
    const file = this.fileOf(name);
    const beside = `${file}.${process.pid}`;
    try {
      fs.mkdirSync(this.folder, { recursive: true });
      fs.writeFileSync(beside, JSON.stringify({ key, probe }));
      fs.renameSync(beside, file);
    } catch {
      // The next run will try the library again.
    }
  }

  private fileOf(name: BackendName): string {
    return path.join(this.folder, `${name}.json`);
  }
}
