/** The whole installation with programs of our own in the PATH in place of npm, Python and the compiler. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type InstallOptions,
  installTensorflow,
} from "../../../../../../training-host/tensor/tensorflow/install/install-tensorflow";
import {
  chooseReleases,
  type Releases,
} from "../../../../../../training-host/tensor/tensorflow/install/releases";
import { temporaryFolder, write } from "../temporary-folder";
import { makeTarball, makeZip } from "./archives";

const folder = temporaryFolder();
const LIBRARY = "libtensorflow_cc.so.2";
const tarball = makeTarball([{ name: "package/binding/tfjs_backend.cc", content: "// C++" }]);
const wheel = makeZip([
  { name: `tensorflow/${LIBRARY}`, content: "library" },
  { name: "tensorflow/include/tensorflow/c/c_api.h", content: "// C" },
]);

const at = (name: string) => path.join(folder.path, name);
const program = (name: string, ...lines: string[]) =>
  write(at(`bin/${name}`), `#!/bin/sh\nPATH=/usr/bin:/bin\n${lines.join("\n")}\n`, 0o755);

const ownNode = process.execPath;

beforeEach(() => {
  write(at("package.tgz"), tarball);
  write(at("tensorflow.whl"), wheel);
  // npm pack SPEC --pack-destination FOLDER ...
  program("npm", `cp '${at("package.tgz")}' "$4/package.tgz"`);
  // python3 -m pip download --requirement FILE --dest FOLDER ...
  program(
    "python3",
    'if [ "$3" = download ]; then',
    `  cp '${at("tensorflow.whl")}' "$7/tensorflow.whl"`,
    "fi",
  );
  program(
    "c++",
    'if [ "$1" = --version ]; then echo "test compiler 1.0"; exit 0; fi',
    `echo "$@" > '${at("compiler-arguments")}'`,
    `while [ "$1" != -o ]; do shift; done; echo addon > "$2"`,
  );
  // Nothing of this machine.
  vi.stubEnv("PATH", at("bin"));
  vi.stubEnv("CXX", undefined);
  // The installer also looks beside Node for its npm.
  process.execPath = at("bin/node");
});

afterEach(() => {
  vi.unstubAllEnvs();
  process.execPath = ownNode;
});

function releases(): Releases {
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  return {
    wheel: {
      requirement: "tensorflow_cpu==2.21.0",
      python: "3.12",
      platforms: ["manylinux_2_27_x86_64"],
      sha256: createHash("sha256").update(wheel).digest("hex"),
      bytes: wheel.length,
      libraries: [LIBRARY],
      cudaBytes: 0,
      installedBytes: 1000,
    },
    nodePackage: { spec: "@tensorflow/tfjs-node@4.22.0", integrity },
    nodeHeaders: { spec: "node-api-headers@1.9.0", integrity },
  };
}

const steps: string[] = [];

function install(options: Partial<InstallOptions> = {}, of = releases()) {
  steps.length = 0;
  const report: InstallOptions["report"] = ({ step }) => void (steps.at(-1) === step || steps.push(step));
  const signal = new AbortController().signal;
  return installTensorflow({ variant: "cpu", into: at("into"), wheel: null, report, signal, ...options }, of);
}

/** Fails with the sentence, and leaves nothing in the folder but what was there before. */
async function expectFailure(work: Promise<unknown>, message: RegExp, before: string[] = []): Promise<void> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown as Error & { advice: string; name: string },
  );
  expect(error?.message).toMatch(message);
  expect(error?.name).toBe("UserError");
  expect(`${error?.message} ${error?.advice}`).not.toMatch(/\n|undefined|\.\./);
  expect(fs.existsSync(at("into")) ? fs.readdirSync(at("into")) : []).toEqual(before);
}

describe("an installation", () => {
  it("goes through its steps, and is thrown away when the addon does not work", async () => {
    write(at("into/cpu/installation.json"), "an older one");
    // The compiler's output is no library: only the last step can find that out.
    process.execPath = ownNode;
    await expectFailure(
      install(),
      /^TensorFlow was built, but does not work here: .*(ELF|too short|mach-o)/i,
      ["cpu"],
    );
    expect(steps).toEqual([
      "Downloading the addon's source",
      "Downloading TensorFlow",
      "Unpacking TensorFlow",
      "Building the addon",
      "Trying it",
    ]);
    expect(fs.readFileSync(at("into/cpu/installation.json"), "utf8")).toBe("an older one");
    const given = fs.readFileSync(at("compiler-arguments"), "utf8");
    expect(given).toContain(`tensorflow/${LIBRARY}`);
    expect(given).toContain("-std=c++17");
  });

  it("needs npm, a pip and a compiler, and says so", async () => {
    fs.rmSync(at("bin/npm"));
    await expectFailure(install(), /^npm is needed to download/);
    program("npm", `cp '${at("package.tgz")}' "$4/package.tgz"`);
    fs.rmSync(at("bin/python3"));
    await expectFailure(install(), /^Python 3 with pip is needed .* there is none\.$/);
    program("python3", 'echo "No module named pip" >&2', "exit 1");
    await expectFailure(install(), /^Python 3 with pip is needed/);
    fs.rmSync(at("bin/c++"));
    await expectFailure(
      install({ wheel: at("tensorflow.whl") }),
      /none of c\+\+, g\+\+, clang\+\+ can be run/,
    );
    vi.stubEnv("CXX", "/no/such/compiler");
    await expectFailure(install({ wheel: at("tensorflow.whl") }), /none of \/no\/such\/compiler can be run/);
  });

  it("gives the compiler's first error", async () => {
    program(
      "c++",
      'if [ "$1" = --version ]; then echo "test compiler 1.0"; exit 0; fi',
      'echo "tfjs_backend.cc:1: fatal error: c_api.h: No such file" >&2; echo "compilation terminated." >&2; exit 1',
    );
    await expectFailure(
      install(),
      /^test compiler 1\.0 could not build .*: fatal error: c_api\.h: No such file\.$/,
    );
  });

  it("uses nothing of a package whose hash is another", async () => {
    write(at("package.tgz"), makeTarball([{ name: "package/evil.js", content: "" }]));
    await expectFailure(install(), /^@tensorflow\/tfjs-node@4\.22\.0 is not the file it should be/);
  });

  it.each([
    [
      "npm error code E404\nnpm error 404 Not Found\nnpm error A complete log of this run",
      /could not be downloaded: 404 Not Found\.$/,
    ],
    [
      "npm error code ENOTFOUND\nnpm error network request failed",
      /could not be downloaded: network request failed\.$/,
    ],
  ])("says why npm failed", async (complaint, message) => {
    write(at("complaint"), complaint);
    program("npm", `cat '${at("complaint")}' >&2`, "exit 1");
    await expectFailure(install(), message);
  });

  it.each([
    ["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", /its hash differs/],
    [
      "WARNING: Retrying\nERROR: No matching distribution found for tensorflow_cpu==2.21.0",
      /tensorflow_cpu==2\.21\.0 could not be downloaded: No matching distribution/,
    ],
    ["Traceback\nOSError: [Errno 28] No space left on device", /^The disk of .* is full\.$/],
  ])("says why pip failed: %s", async (complaint, message) => {
    write(at("complaint"), complaint);
    program("python3", `if [ "$3" = download ]; then cat '${at("complaint")}' >&2; exit 1; fi`);
    await expectFailure(install(), message);
  });

  it("takes a wheel that is there, and refuses one that is not or is something else", async () => {
    fs.rmSync(at("bin/python3"));
    await expectFailure(install({ wheel: at("no.whl") }), /no\.whl cannot be used: there is no such file\.$/);
    await expectFailure(install({ wheel: at("package.tgz") }), /it is no zip archive/);
  });

  it("counts the disk before it begins", async () => {
    const large = releases();
    large.wheel.installedBytes = 2 ** 60;
    await expectFailure(install({}, large), /^Installing TensorFlow needs \d+\.\d GiB of disk/);
    expect(steps).toEqual([]);
  });

  it("says that a folder cannot be written", async () => {
    write(at("file"), "");
    await expectFailure(install({ into: at("file/into") }), /cannot be written/);
  });

  it("ends the program at work when it is cancelled, and leaves nothing", async () => {
    program("npm", `echo started > '${at("started")}'`, "exec sleep 60");
    const cancellation = new AbortController();
    const work = install({ signal: cancellation.signal });
    await vi.waitUntil(() => fs.existsSync(at("started")), { timeout: 10_000 });
    cancellation.abort();
    await expectFailure(work, /^The installation was cancelled\.$/);
  });

  it("clears away what a killed one has left, and not what one at work needs", async () => {
    // No process has a number this high: Linux's limit is 2^22.
    write(at("into/.installing-99999999-abc/cpu/half"), "");
    write(at(`into/.installing-${process.pid}-abc/cpu/half`), "");
    fs.rmSync(at("bin/npm"));
    await expectFailure(install(), /npm is needed/, [`.installing-${process.pid}-abc`]);
  });
});

describe("what is installed", () => {
  it.each([
    ["cpu", "linux", "x64", "tensorflow_cpu==2.21.0"],
    ["cpu", "linux", "arm64", "tensorflow==2.21.0"],
    ["cpu", "darwin", "arm64", "tensorflow==2.21.0"],
    ["gpu", "linux", "x64", "tensorflow==2.21.0"],
  ] as const)("for %s on %s %s is %s", (variant, platform, arch, requirement) => {
    const { wheel: chosen, nodePackage } = chooseReleases(variant, platform, arch);
    expect(chosen.requirement).toBe(requirement);
    expect(chosen.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(nodePackage.spec).toMatch(variant === "gpu" ? /node-gpu@4/ : /node@4/);
  });

  it.each([
    ["gpu", "darwin", "arm64", "Install it for the CPU"],
    ["cpu", "win32", "x64", "The other backends work without it."],
  ] as const)("for %s on %s %s is nothing", (variant, platform, arch, advice) => {
    expect(() => chooseReleases(variant, platform, arch)).toThrow(`is not published for ${platform} ${arch}`);
    try {
      chooseReleases(variant, platform, arch);
    } catch (error) {
      expect((error as { advice: string }).advice).toContain(advice);
    }
  });
});
