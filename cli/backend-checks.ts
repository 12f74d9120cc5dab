/** The ladder of backends as `mos doctor` shows it: each tried afresh, whatever is remembered of earlier runs. */
import { type BackendName, backendNames } from "../contracts/backend";
import { type BackendProbe, failedProbe } from "../training-host/tensor/ladder/backend-probe";
import {
  type ProbeTools,
  probeAfresh,
  probeTools,
  softwareIsSlow,
} from "../training-host/tensor/ladder/trying-out";
import type { HealthCheck } from "./health-check";

/** The ladder in the order of `auto`. One after the other: memory and time of one must not spoil the next one's answer. */
export async function checkBackends(
  tools: ProbeTools = probeTools(),
): Promise<{ checks: HealthCheck[]; relaxedSimd: boolean }> {
  const outcomes: [BackendName, BackendProbe][] = [];
  for (const name of backendNames) {
    const missing = tools.rungs[name].whyMissing();
    const outcome = missing ? failedProbe(missing.detail, missing.advice) : await probeAfresh(name, tools);
    outcomes.push([name, outcome]);
  }
  const taken = outcomes.find(([, { works, software }]) => works && !software)?.[0] ?? null;
  return {
    checks: outcomes.map(([name, probe]) => checkBackend(name, probe, taken)),
    relaxedSimd: outcomes.some(([name, { relaxedSimd }]) => name === "wasm" && relaxedSimd),
  };
}

function checkBackend(name: BackendName, probe: BackendProbe, taken: BackendName | null): HealthCheck {
  const { works, detail } = probe;
  return {
    name: `backend ${name}`,
    works,
    // One that works is enough.
    needed: taken === null,
    detail: works && probe.software ? softwareIsSlow(probe).detail : detail,
    advice: works ? "" : probe.advice || `Leave it to \`auto\`, which passes over it.`,
    auto: name === taken,
  };
}
