import { describe, expect, it } from "vitest";
import { checkBackends } from "../../../cli/backend-checks";
import { type BackendName, backendNames } from "../../../contracts/backend";
import { type BackendProbe, failedProbe } from "../../../training-host/tensor/ladder/backend-probe";
import { rungs } from "../../../training-host/tensor/ladder/rungs";
import type { ProbeTools } from "../../../training-host/tensor/ladder/trying-out";

const working: BackendProbe = {
  works: true,
  detail: "fine",
  advice: "",
  software: false,
  relaxedSimd: false,
};

/** Everything is installed but `missing`, and works but for what `probes` says. */
function machine(missing: readonly BackendName[], probes: Partial<Record<BackendName, BackendProbe>>) {
  const probed: BackendName[] = [];
  const rung = (name: BackendName) => ({
    ...rungs[name],
    whyMissing: () => (missing.includes(name) ? { detail: "Not there.", advice: "Install it." } : null),
    files: () => null,
  });
  const tools: ProbeTools = {
    rungs: Object.fromEntries(backendNames.map((name) => [name, rung(name)])) as ProbeTools["rungs"],
    probe: async (name) => {
      probed.push(name);
      return probes[name] ?? working;
    },
    memory: { get: () => null, set: () => {} },
  };
  return { tools, probed };
}

describe("the ladder in mos doctor", () => {
  it("tells of each in order whether it works, why, what to do, and which one auto takes", async () => {
    const { tools, probed } = machine(["tensorflow-gpu", "tensorflow"], {
      webgpu: { ...working, software: true, detail: "SwiftShader" },
      "wasm-blas": failedProbe("It crashed.", "Name another."),
      wasm: { ...working, relaxedSimd: true },
    });
    const { checks, relaxedSimd } = await checkBackends(tools);
    expect(checks).toEqual([
      check("tensorflow-gpu", false, "Not there.", "Install it."),
      check("webgpu", true, expect.stringMatching(/on the CPU \(SwiftShader\)/), ""),
      check("wasm-blas", false, "It crashed.", "Name another."),
      check("tensorflow", false, "Not there.", "Install it."),
      { ...check("wasm", true, "fine", ""), auto: true },
      check("cpu", true, "fine", ""),
    ]);
    expect(probed).toEqual(["webgpu", "wasm-blas", "wasm", "cpu"]);
    expect(relaxedSimd).toBe(true);
  });

  it("has something to do about everything that does not work, and needs one that does", async () => {
    const silent = failedProbe("It broke.", "");
    const broken = Object.fromEntries(backendNames.map((name) => [name, silent]));
    const { checks } = await checkBackends(machine([], broken).tools);
    expect(checks.every(({ needed, works, advice }) => needed && !works && advice !== "")).toBe(true);
  });
});

function check(name: BackendName, works: boolean, detail: unknown, advice: string) {
  return { name: `backend ${name}`, works, needed: false, detail, advice, auto: false };
}
