import * as fs from "node:fs";
import * as path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  findInstallation,
  type InstallationRecord,
  search,
  searchPlaces,
  userFolder,
  type Variant,
} from "../../../../../training-host/tensor/tensorflow/installation";
import { whyTensorflowIsMissing } from "../../../../../training-host/tensor/tensorflow/missing-tensorflow";
import { temporaryFolder, write } from "./temporary-folder";

const folder = temporaryFolder();
let places: { folders: string[]; packagesFrom: string };

beforeEach(() => {
  places = {
    folders: [path.join(folder.path, "named"), path.join(folder.path, "user")],
    packagesFrom: path.join(folder.path, "product/dist"),
  };
});

/** What the installer leaves, as far as the search looks at it. */
function install(base: string, variant: Variant, change: Partial<InstallationRecord> = {}): string {
  const target = path.join(base, variant);
  write(path.join(target, "tfjs_binding.node"), "12345");
  const record: InstallationRecord = {
    version: 1,
    variant,
    platform: process.platform,
    arch: process.arch,
    tensorflow: "2.21.0",
    downloads: [{ file: "tensorflow.whl", sha256: "0".repeat(64) }],
    files: [{ file: "tfjs_binding.node", bytes: 5, sha256: "0".repeat(64) }],
    compiler: "g++",
    installed: "2026-11-23T00:00:00.000Z",
    ...change,
  };
  write(path.join(target, "installation.json"), JSON.stringify(record));
  return target;
}

function installPackage(name: string, addon: string | null): string {
  const target = path.join(folder.path, "product/node_modules", name);
  write(path.join(target, "dist/register_all_kernels.js"), "");
  if (addon) write(path.join(target, addon), "");
  return target;
}

const found = (variant: Variant = "cpu") => findInstallation(search(variant, places))?.folder ?? null;

describe("the search for TensorFlow", () => {
  it("takes the named folder, then the user's, then an npm package", () => {
    expect(found()).toBeNull();
    const inPackages = installPackage("@tensorflow/tfjs-node", "lib/napi-v8/tfjs_binding.node");
    expect(found()).toBe(inPackages);
    const users = install(places.folders[1]!, "cpu");
    expect(found()).toBe(users);
    const named = install(places.folders[0]!, "cpu");
    expect(found()).toBe(named);
    expect(found("gpu")).toBeNull();
  });

  it("knows the parts of an installation and of a package", () => {
    const target = install(places.folders[0]!, "gpu");
    expect(findInstallation(search("gpu", places))).toEqual({
      folder: target,
      packageName: "@tensorflow/tfjs-node-gpu",
      kernels: path.join(target, "package/dist"),
      addon: path.join(target, "tfjs_binding.node"),
    });
    const inPackages = installPackage("@tensorflow/tfjs-node", "lib/napi-v8/tfjs_binding.node");
    expect(findInstallation(search("cpu", places))?.addon).toBe(
      path.join(inPackages, "lib/napi-v8/tfjs_binding.node"),
    );
  });

  it.each([
    [{ files: [{ file: "tfjs_binding.node", bytes: 6, sha256: "0".repeat(64) }] }, "is missing or damaged"],
    [
      { files: [{ file: "tensorflow/lib.so", bytes: 6, sha256: "0".repeat(64) }] },
      "lib.so is missing or damaged",
    ],
    [{ arch: "mips" }, "it was built for"],
    [{ variant: "gpu" }, "it is the gpu variant"],
    [{ version: 2 } as never, "cannot be read by this version"],
  ] satisfies [Partial<InstallationRecord>, string][])("passes over a useless one: %j", (change, fault) => {
    const useless = install(places.folders[0]!, "cpu", change);
    const users = install(places.folders[1]!, "cpu");
    const findings = search("cpu", places);
    expect(findings[0]).toMatchObject({ place: useless, installation: null });
    expect(findings[0]!.fault).toContain(fault);
    expect(findInstallation(findings)?.folder).toBe(users);
  });

  it("passes over a folder that the installer has not finished", () => {
    fs.rmSync(path.join(install(places.folders[0]!, "cpu"), "installation.json"));
    expect(search("cpu", places)[0]).toMatchObject({ installation: null, fault: null });
  });

  it("asks MOS_TENSORFLOW first and the user's folder next", () => {
    const { folders } = searchPlaces({ MOS_TENSORFLOW: "/some/where", XDG_DATA_HOME: "/data" });
    expect(folders[0]).toBe(path.resolve("/some/where"));
    expect(folders).toHaveLength(2);
    expect(searchPlaces({}).folders).toHaveLength(1);
  });

  it.each([
    ["linux", { XDG_DATA_HOME: "/data" }, "/data/mixture-of-skills/tensorflow"],
    ["win32", { LOCALAPPDATA: "/local" }, "/local/mixture-of-skills/tensorflow"],
  ] as const)("keeps to the system's folder for programs' data on %s", (platform, environment, expected) => {
    expect(userFolder(environment, platform)).toBe(path.normalize(expected));
  });
});

describe("why TensorFlow is missing", () => {
  it("says that nothing is installed, and the command that installs it", () => {
    expect(whyTensorflowIsMissing("gpu", places)).toEqual({
      installed: false,
      detail: "Native TensorFlow (@tensorflow/tfjs-node-gpu) is not installed.",
      advice:
        'Run `mos install tensorflow --gpu`, or "Mixture of Skills: Install Native TensorFlow" in VS Code.',
    });
  });

  it("names what is there and of no use", () => {
    const target = installPackage("@tensorflow/tfjs-node", null);
    const { detail } = whyTensorflowIsMissing("cpu", places);
    expect(detail).toContain(target);
    expect(detail).toContain("its install script has built no addon");
  });

  it("says where it is", () => {
    const target = install(places.folders[1]!, "cpu");
    expect(whyTensorflowIsMissing("cpu", places)).toEqual({
      installed: true,
      detail: `installed in ${target}`,
      advice: "",
    });
  });
});
