import { describe, expect, it } from "vitest";
import { type BackendChoice, type BackendName, backendNames } from "../../../../../contracts/backend";
import { UserError } from "../../../../../contracts/user-error";
import type { Backend } from "../../../../../training-host/tensor/backend";
import { type BackendProbe, failedProbe } from "../../../../../training-host/tensor/ladder/backend-probe";
import { Ladder, type LadderTools } from "../../../../../training-host/tensor/ladder/ladder";
import type { Rung, Unavailability } from "../../../../../training-host/tensor/ladder/rungs";

/** What is so on the machine of a test. */
interface Machine {
  missing?: Partial<Record<BackendName, Unavailability>>;
  probes?: Partial<Record<BackendName, Partial<BackendProbe>>>;
  /** Works in a process of its own, and not in ours. */
  fails?: readonly BackendName[];
  remembers?: boolean;
}

const working: BackendProbe = { works: true, detail: "fine", advice: "", software: false, relaxedSimd: true };
const isolated: readonly BackendName[] = ["tensorflow-gpu", "webgpu", "wasm-blas", "tensorflow"];

/** A machine where everything works but what the test says. `probed` and `opened` tell what was done. */
function machine({ missing = {}, probes = {}, fails = [], remembers = false }: Machine = {}) {
  const probed: BackendName[] = [];
  const opened: [BackendName, number][] = [];
  const memory = new Map<string, BackendProbe>();
  const rung = (name: BackendName): Rung => ({
    gpu: name === "webgpu" || name === "tensorflow-gpu",
    isolated: isolated.includes(name),
    whyMissing: () => missing[name] ?? null,
    files: () => (remembers ? [] : null),
    adviceAfterCrash: `repair ${name}`,
  });
  const tools: LadderTools = {
    rungs: Object.fromEntries(backendNames.map((name) => [name, rung(name)])) as Record<BackendName, Rung>,
    async probe(name, adviceAfterCrash) {
      probed.push(name);
      const probe = probes[name];
      return probe?.works === false
        ? failedProbe(probe.detail ?? "", probe.advice ?? adviceAfterCrash)
        : { ...working, ...probe };
    },
    async open(name, threads) {
      if (fails.includes(name)) throw new UserError("backend-unavailable", `${name} fails here.`);
      opened.push([name, threads]);
      return { name, detail: "", threads } as Backend;
    },
    memory: {
      get: (name) => memory.get(name) ?? null,
      set: (name, _key, probe) => void memory.set(name, probe),
    },
  };
  return { tools, probed, opened, ladder: (choice: BackendChoice) => new Ladder(choice, 2, tools) };
}

const nothingInstalled = Object.fromEntries(
  isolated.map((name) => [name, { detail: `${name} is not there.`, advice: `install ${name}` }]),
);

describe("auto", () => {
  it("takes the first that works, and goes no further", async () => {
    const { ladder, probed, opened } = machine();
    const climbed = ladder("auto");
    expect((await climbed.open()).name).toBe("tensorflow-gpu");
    expect([probed, opened, climbed.passedOver]).toEqual([["tensorflow-gpu"], [["tensorflow-gpu", 2]], []]);
  });

  it("decides without a process on what is not installed, and says why of each", async () => {
    const { ladder, probed } = machine({ missing: nothingInstalled });
    const climbed = ladder("auto");
    expect((await climbed.open()).name).toBe("wasm");
    expect(probed).toEqual([]);
    expect(climbed.passedOver).toEqual(
      isolated.map((name) => ({ backend: name, reason: `${name} is not there.` })),
    );
  });

  it("passes over what crashes in its process, what fails in ours, and a GPU that is software", async () => {
    const { ladder } = machine({
      probes: {
        "tensorflow-gpu": { works: false, detail: "The process that tried it was ended by SIGSEGV." },
        webgpu: { software: true, detail: "SwiftShader" },
      },
      fails: ["wasm-blas"],
    });
    const climbed = ladder("auto");
    expect((await climbed.open()).name).toBe("tensorflow");
    expect(climbed.passedOver).toEqual([
      { backend: "tensorflow-gpu", reason: "The process that tried it was ended by SIGSEGV." },
      { backend: "webgpu", reason: expect.stringMatching(/on the CPU \(SwiftShader\)/) },
      { backend: "wasm-blas", reason: "wasm-blas fails here." },
    ]);
  });

  it("fails with every reason when nothing works", async () => {
    const { ladder } = machine({ missing: nothingInstalled, fails: ["wasm", "cpu"] });
    await expect(ladder("auto").open()).rejects.toMatchObject({
      reason: "backend-unavailable",
      message: expect.stringMatching(/webgpu is not there.*wasm fails here.*cpu fails here/),
    });
  });

  it("goes on from a GPU whose memory is too small for the run, and from nothing else", async () => {
    const { ladder } = machine({ missing: { "tensorflow-gpu": { detail: "None.", advice: "" } } });
    const climbed = ladder("auto");
    const tooSmall = new UserError("out-of-memory", "The GPU has no 3 GiB left.");
    expect((await climbed.open()).name).toBe("webgpu");
    expect(climbed.passOver(new Error("a bug"))).toBe(false);
    expect(climbed.passOver(tooSmall)).toBe(true);
    expect((await climbed.open()).name).toBe("wasm-blas");
    expect(climbed.passedOver.at(-1)).toEqual({ backend: "webgpu", reason: "The GPU has no 3 GiB left." });
    // Those that follow share the machine's memory with this one.
    expect(climbed.passOver(tooSmall)).toBe(false);
  });
});

describe("a backend that is named", () => {
  it.each(backendNames)("is opened alone: %s", async (name) => {
    const { ladder, opened } = machine();
    const climbed = ladder(name);
    await climbed.open();
    expect([opened, climbed.passedOver]).toEqual([[[name, 2]], []]);
  });

  it.each(isolated)("that is not there fails and becomes no other: %s", async (name) => {
    const { ladder, opened } = machine({ missing: nothingInstalled });
    await expect(ladder(name).open()).rejects.toMatchObject({
      reason: "backend-unavailable",
      message: `${name} is not there.`,
      advice: `install ${name}`,
    });
    expect(opened).toEqual([]);
  });

  it("that crashes its process never comes into ours", async () => {
    const { ladder, opened } = machine({ probes: { "wasm-blas": { works: false, detail: "It crashed." } } });
    await expect(ladder("wasm-blas").open()).rejects.toMatchObject({
      message: "It crashed.",
      advice: "repair wasm-blas",
    });
    expect(opened).toEqual([]);
  });

  it("may be a software GPU", async () => {
    const { ladder } = machine({ probes: { webgpu: { software: true } } });
    expect((await ladder("webgpu").open()).name).toBe("webgpu");
  });

  it("is not passed over for want of memory", async () => {
    const climbed = machine().ladder("webgpu");
    await climbed.open();
    expect(climbed.passOver(new UserError("out-of-memory", "Too small."))).toBe(false);
  });
});

describe("what was tried before", () => {
  it("is not tried again while no file has changed, crashes included", async () => {
    const { ladder, probed } = machine({
      probes: { "tensorflow-gpu": { works: false, detail: "It crashed." } },
      remembers: true,
    });
    for (let run = 0; run < 3; run++) {
      const climbed = ladder("auto");
      expect((await climbed.open()).name).toBe("webgpu");
      expect(climbed.passedOver).toEqual([{ backend: "tensorflow-gpu", reason: "It crashed." }]);
    }
    expect(probed).toEqual(["tensorflow-gpu", "webgpu"]);
  });

  it("is tried again when it is named and did not work: it may have been repaired", async () => {
    const { ladder, probed } = machine({
      probes: { tensorflow: { works: false, detail: "It crashed." } },
      remembers: true,
    });
    for (let run = 0; run < 2; run++)
      await expect(ladder("tensorflow").open()).rejects.toThrow("It crashed.");
    expect(probed).toEqual(["tensorflow", "tensorflow"]);
  });
});
