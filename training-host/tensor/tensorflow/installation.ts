/** A native TensorFlow on this machine: where it is looked for, and what an installation consists of. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as v from "valibot";

export type Variant = "cpu" | "gpu";

/** The record that the installer leaves; a folder without one is no installation. */
export const RECORD_FILE = "installation.json";
export const ADDON_FILE = "tfjs_binding.node";
/** Holds @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu inside an installation. */
export const PACKAGE_FOLDER = "package";

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

export const installationRecordSchema = v.strictObject({
  version: v.literal(1),
  variant: v.picklist(["cpu", "gpu"]),
  platform: v.string(),
  arch: v.string(),
  /** Of the library, as it says itself. */
  tensorflow: v.string(),
  /** What was downloaded, with SHA-256 hashes. */
  downloads: v.array(v.strictObject({ file: v.string(), sha256: hash })),
  /** What lies in the folder and is loaded: a file of another size is a damaged one. */
  files: v.array(v.strictObject({ file: v.string(), bytes: v.number(), sha256: hash })),
  compiler: v.string(),
  installed: v.string(),
});
export type InstallationRecord = v.InferOutput<typeof installationRecordSchema>;

export interface Installation {
  readonly folder: string;
  readonly packageName: string;
  /** The package's compiled JavaScript. */
  readonly kernels: string;
  readonly addon: string;
}

/** What is at one place. */
export interface Finding {
  readonly place: string;
  readonly installation: Installation | null;
  /** Why what lies there is of no use; null: nothing lies there, or it can be used. */
  readonly fault: string | null;
}

export interface SearchPlaces {
  /** Folders with an installation per variant (`cpu`, `gpu`), as the installer makes them. */
  readonly folders: readonly string[];
  /** Every `node_modules` from here up is looked into. */
  readonly packagesFrom: string;
}

export const packageNames: Readonly<Record<Variant, string>> = {
  cpu: "@tensorflow/tfjs-node",
  gpu: "@tensorflow/tfjs-node-gpu",
};

/** `MOS_TENSORFLOW` (the extension names its own storage there), the user's folder, and packages installed by npm. */
export function searchPlaces(environment: NodeJS.ProcessEnv = process.env): SearchPlaces {
  const named = environment.MOS_TENSORFLOW;
  return {
    folders: [...(named ? [path.resolve(named)] : []), userFolder(environment)],
    packagesFrom: __DIST__,
  };
}

/** Where `mos install tensorflow` puts it: the system's place for a user's program data. */
export function userFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = os.homedir();
  const data = {
    darwin: path.join(home, "Library", "Application Support"),
    win32: environment.LOCALAPPDATA || path.join(home, "AppData", "Local"),
  };
  const base =
    data[platform as keyof typeof data] || environment.XDG_DATA_HOME || path.join(home, ".local", "share");
  return path.join(base, "mixture-of-skills", "tensorflow");
}

/** Every place in the order of the search; the first with an installation is the one to use. */
export function search(variant: Variant, places: SearchPlaces): Finding[] {
  const folders = places.folders.map((folder) => inspectInstalled(path.join(folder, variant), variant));
  return [...folders, inspectPackage(packageNames[variant], places.packagesFrom)];
}

export function findInstallation(findings: readonly Finding[]): Installation | null {
  return findings.find(({ installation }) => installation !== null)?.installation ?? null;
}

/** An installation as the installer leaves it. */
export function inspectInstalled(folder: string, variant: Variant): Finding {
  const unusable = (fault: string | null): Finding => ({ place: folder, installation: null, fault });
  const recordFile = path.join(folder, RECORD_FILE);
  if (!fs.existsSync(recordFile)) return unusable(null);
  const record = v.safeParse(
    v.pipe(v.string(), v.parseJson(), installationRecordSchema),
    fs.readFileSync(recordFile, "utf8"),
  );
  if (!record.success) return unusable(`${RECORD_FILE} cannot be read by this version`);
  const { platform, arch, files } = record.output;
  if (record.output.variant !== variant) return unusable(`it is the ${record.output.variant} variant`);
  if (platform !== process.platform || arch !== process.arch)
    return unusable(`it was built for ${platform} ${arch}, and this is ${process.platform} ${process.arch}`);
  const damaged = files.find(({ file, bytes }) => sizeOf(path.join(folder, file)) !== bytes);
  if (damaged) return unusable(`its file ${damaged.file} is missing or damaged`);
  const kernels = path.join(folder, PACKAGE_FOLDER, "dist");
  return {
    place: folder,
    installation: {
      folder,
      packageName: packageNames[variant],
      kernels,
      addon: path.join(folder, ADDON_FILE),
    },
    fault: null,
  };
}

/** A package that npm installed with its own script, and the TensorFlow library that this downloads. */
function inspectPackage(packageName: string, from: string): Finding {
  const folder = nearestPackage(packageName, from);
  if (!folder) return { place: "node_modules", installation: null, fault: null };
  const addon = packageAddon(folder);
  if (!addon) return { place: folder, installation: null, fault: "its install script has built no addon" };
  const installation = { folder, packageName, kernels: path.join(folder, "dist"), addon };
  return { place: folder, installation, fault: null };
}

function nearestPackage(packageName: string, from: string): string | null {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, "node_modules", packageName);
    if (fs.existsSync(path.join(candidate, "dist"))) return candidate;
    if (folder === path.dirname(folder)) return null;
  }
}

/** Built for the highest version of Node-API that this Node has. */
function packageAddon(folder: string): string | null {
  const most = Number(process.versions.napi);
  for (let version = most; version >= 3; version--) {
    const addon = path.join(folder, "lib", `napi-v${version}`, ADDON_FILE);
    if (fs.existsSync(addon)) return addon;
  }
  return null;
}

function sizeOf(file: string): number | null {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? null;
}
