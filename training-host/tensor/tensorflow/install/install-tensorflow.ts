/** Installs a native TensorFlow: downloads its library and the addon's source, builds the addon, tries it. */
import * as fs from "node:fs";
import * as path from "node:path";
import {
  ADDON_FILE,
  type InstallationRecord,
  PACKAGE_FOLDER,
  RECORD_FILE,
  type Variant,
} from "../installation";
import { checkAddon } from "./addon-check";
import { buildAddon } from "./build-addon";
import { downloadPackage } from "./download-package";
import { downloadWheels } from "./download-wheels";
import { badWheel, explain, tooLittleDisk } from "./failures";
import { fileHash } from "./file-hash";
import { byteCounter, type ReportProgress, uncounted } from "./progress";
import { chooseReleases, type Releases, type WheelRelease } from "./releases";
import { refuseWhenCancelled } from "./run-tool";
import { cudaRequirements, unpackCuda, unpackTensorflow } from "./unpack-libraries";

export interface InstallOptions {
  variant: Variant;
  /** Gets a folder `cpu` or `gpu`; an older one there is replaced when the new one works. */
  into: string;
  /** A wheel that was downloaded already; null: pip downloads the one that we know. */
  wheel: string | null;
  report: ReportProgress;
  signal: AbortSignal;
}

export interface Installed {
  variant: Variant;
  folder: string;
  tensorflow: string;
  /** A GPU was found. */
  gpu: boolean;
}

type Download = InstallationRecord["downloads"][number];

/** One installation at work: nothing of it is in its final place before all of it works. */
interface Work extends InstallOptions {
  releases: Releases;
  /** Becomes the installation. */
  folder: string;
  temporary: string;
  downloads: Download[];
}

/**
 * @throws UserError "backend-unavailable" with what is missing or failed, "disk-full", "folder-unwritable", "cancelled".
 * Whatever is thrown: nothing is left behind, and what was installed before is still there.
 */
export async function installTensorflow(
  options: InstallOptions,
  releases: Releases = chooseReleases(options.variant),
): Promise<Installed> {
  try {
    fs.mkdirSync(options.into, { recursive: true });
    removeAbandoned(options.into);
    requireDisk(options.into, releases.wheel, options.wheel);
    const temporary = fs.mkdtempSync(path.join(options.into, `${TEMPORARY}${process.pid}-`));
    try {
      return await install({
        ...options,
        releases,
        temporary,
        folder: path.join(temporary, options.variant),
        downloads: [],
      });
    } finally {
      fs.rmSync(temporary, { recursive: true, force: true });
    }
  } catch (error) {
    refuseWhenCancelled(options.signal);
    throw explain(error, options.into);
  }
}

const TEMPORARY = ".installing-";

async function install(work: Work): Promise<Installed> {
  const { folder, releases, report, signal, temporary } = work;
  fs.mkdirSync(folder);
  report(uncounted("Downloading the addon's source"));
  const nodeHeaders = path.join(temporary, "node-api-headers");
  work.downloads.push(
    await downloadPackage(releases.nodePackage, path.join(folder, PACKAGE_FOLDER), temporary, signal),
    await downloadPackage(releases.nodeHeaders, nodeHeaders, temporary, signal),
  );
  await installLibraries(work);
  report(uncounted("Building the addon"));
  const compiler = await buildAddon({ folder, nodeHeaders, libraries: releases.wheel.libraries }, signal);
  fs.rmSync(path.join(folder, "tensorflow", "include"), { recursive: true });
  report(uncounted("Trying it"));
  const { tensorflow, gpu } = await checkAddon(path.join(folder, ADDON_FILE), signal);
  await writeRecord(work, { tensorflow, compiler });
  refuseWhenCancelled(signal);
  return { variant: work.variant, folder: moveIntoPlace(work), tensorflow, gpu };
}

/** TensorFlow's libraries and, with a GPU, CUDA's. */
async function installLibraries(work: Work): Promise<void> {
  const { folder, report, signal, temporary } = work;
  const release = work.releases.wheel;
  const unpacking = { folder, report, signal };
  const wheel = work.wheel ?? (await downloadTensorflow(work));
  work.downloads.push({ file: path.basename(wheel), sha256: await hashOfGiven(wheel) });
  await unpackTensorflow(wheel, release.libraries, unpacking);
  if (work.variant === "cpu") return;
  const requirements = await cudaRequirements(wheel, temporary, signal);
  if (work.wheel === null) fs.rmSync(path.dirname(wheel), { recursive: true });
  const cuda = fs.mkdtempSync(path.join(temporary, "cuda-"));
  const { python, platforms, cudaBytes } = release;
  const count = byteCounter("Downloading CUDA", cudaBytes, report);
  const wheels = await downloadWheels({ requirements, python, platforms }, cuda, count, signal);
  for (const file of wheels) work.downloads.push({ file: path.basename(file), sha256: await fileHash(file) });
  await unpackCuda(wheels, unpacking);
  fs.rmSync(cuda, { recursive: true });
}

async function downloadTensorflow({ releases, temporary, report, signal }: Work): Promise<string> {
  const { requirement, sha256, python, platforms, bytes } = releases.wheel;
  const folder = fs.mkdtempSync(path.join(temporary, "wheel-"));
  const request = { requirements: [`${requirement} --hash=sha256:${sha256}`], python, platforms };
  const count = byteCounter("Downloading TensorFlow", bytes, report);
  const [wheel] = await downloadWheels(request, folder, count, signal);
  return wheel!;
}

async function hashOfGiven(wheel: string): Promise<string> {
  if (!fs.existsSync(wheel)) throw badWheel(wheel, "there is no such file");
  return fileHash(wheel);
}

async function writeRecord(
  { variant, folder, downloads }: Work,
  built: { tensorflow: string; compiler: string },
): Promise<void> {
  const names = fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(node|so[.\d]*|dylib)$/.test(name) && !name.startsWith("nvidia"));
  const files = [];
  for (const name of names.sort()) {
    const file = path.join(folder, name);
    files.push({ file: name, bytes: fs.statSync(file).size, sha256: await fileHash(file) });
  }
  const record: InstallationRecord = {
    version: 1,
    variant,
    platform: process.platform,
    arch: process.arch,
    ...built,
    downloads,
    files,
    installed: new Date().toISOString(),
  };
  fs.writeFileSync(path.join(folder, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
}

/** A rename is all or nothing; a run that has the older one open keeps its files until it ends. */
function moveIntoPlace({ into, variant, folder, temporary }: Work): string {
  const place = path.join(into, variant);
  if (fs.existsSync(place)) fs.renameSync(place, path.join(temporary, "replaced"));
  fs.renameSync(folder, place);
  return place;
}

/** Folders of installations whose process was killed. */
function removeAbandoned(into: string): void {
  for (const name of fs.readdirSync(into)) {
    const pid = Number(name.slice(TEMPORARY.length).split("-")[0]);
    if (name.startsWith(TEMPORARY) && !isRunning(pid))
      fs.rmSync(path.join(into, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A wheel and what is unpacked of it lie there at the same time. */
function requireDisk(into: string, release: WheelRelease, wheel: string | null): void {
  const { bavail, bsize } = fs.statfsSync(into);
  const needed = release.installedBytes + Math.max(wheel === null ? release.bytes : 0, release.cudaBytes);
  if (bavail * bsize < needed) throw tooLittleDisk(into, needed, bavail * bsize);
}
