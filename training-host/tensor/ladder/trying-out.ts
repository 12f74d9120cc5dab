/** Tries backends that a bad library or driver can crash, and remembers how it ended. Loads no tensor library. */
import type { BackendName } from "../../../contracts/backend";
import type { BackendProbe } from "./backend-probe";
import { ProbeCache, probeKey } from "./probe-cache";
import { probeInChild } from "./probe-in-child";
import { type Rung, rungs, type Unavailability } from "./rungs";

export interface ProbeTools {
  rungs: Readonly<Record<BackendName, Rung>>;
  /** In a process of its own. */
  probe(name: BackendName, adviceAfterCrash: string): Promise<BackendProbe>;
  memory: Pick<ProbeCache, "get" | "set">;
}

export const probeTools = (): ProbeTools => ({ rungs, probe: probeInChild, memory: new ProbeCache() });

/** How it ended the last time, when nothing has changed since; else null. */
export function remembered(name: BackendName, { rungs, memory }: ProbeTools): BackendProbe | null {
  const key = keyOf(rungs[name]);
  return key === null ? null : memory.get(name, key);
}

/** And remembers the outcome. Never throws. */
export async function probeAfresh(
  name: BackendName,
  { rungs, probe, memory }: ProbeTools,
): Promise<BackendProbe> {
  const rung = rungs[name];
  const outcome = await probe(name, rung.adviceAfterCrash);
  const key = keyOf(rung);
  if (key !== null) memory.set(name, key, outcome);
  return outcome;
}

function keyOf(rung: Rung): string | null {
  const files = rung.files();
  return files === null ? null : probeKey(files);
}

export function softwareIsSlow({ detail }: Pick<BackendProbe, "detail">): Unavailability {
  return {
    detail: `It computes on the CPU (${detail}), more slowly than the backends that are made for it.`,
    advice: "Name it to have it nevertheless: `launch local backend=webgpu`.",
  };
}
