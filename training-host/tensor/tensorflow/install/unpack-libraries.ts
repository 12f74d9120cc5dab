/** Takes out of TensorFlow's wheel what a C++ program needs, and out of NVIDIA's what TensorFlow loads. */
import * as fs from "node:fs";
import * as path from "node:path";
import { badWheel } from "./failures";
import type { ReportProgress } from "./progress";
import { byteCounter } from "./progress";
import { readZipDirectory, unpackEntry, type ZipEntry } from "./unpack-zip";

/** C headers, and the few C++ ones that they include. */
const HEADERS =
  /^tensorflow\/include\/(tensorflow\/c|tensorflow\/core\/platform|tsl\/platform|xla\/tsl\/c)\/.*\.h$/;
/** The libraries, and the compiler that the library calls for GPUs newer than itself. */
const CUDA_FILES = /^nvidia\/([^/]+\/lib\/.*\.so[.\d]*|cuda_nvcc\/(bin|nvvm)\/.*)$/;
const METADATA = /\.dist-info\/METADATA$/;

export interface Unpacking {
  /** Gets `tensorflow/` and `nvidia/`, beside each other as in Python: the libraries find each other so. */
  folder: string;
  report: ReportProgress;
  signal: AbortSignal;
}

/** @throws UserError when the wheel is damaged or has no such libraries. */
export async function unpackTensorflow(
  wheel: string,
  libraries: readonly string[],
  unpacking: Unpacking,
): Promise<void> {
  const wanted = libraries.map((library) => `tensorflow/${library}`);
  const entries = directoryOf(wheel);
  const missing = wanted.find((name) => !entries.some((entry) => entry.name === name));
  if (missing) throw badWheel(wheel, `it has no ${path.posix.basename(missing)}`);
  const chosen = entries.filter(({ name }) => wanted.includes(name) || HEADERS.test(name));
  await unpack("Unpacking TensorFlow", [{ wheel, entries: chosen }], unpacking);
}

export async function unpackCuda(wheels: readonly string[], unpacking: Unpacking): Promise<void> {
  const chosen = wheels.map((wheel) => ({
    wheel,
    entries: directoryOf(wheel).filter(({ name }) => CUDA_FILES.test(name)),
  }));
  await unpack("Unpacking CUDA", chosen, unpacking);
}

/** What the wheel names as its CUDA packages, as lines for pip. @throws UserError when it names none. */
export async function cudaRequirements(
  wheel: string,
  temporary: string,
  signal: AbortSignal,
): Promise<string[]> {
  const entry = directoryOf(wheel).find(({ name }) => METADATA.test(name));
  if (!entry) throw badWheel(wheel, "it is no wheel");
  const target = path.join(temporary, "METADATA");
  await unpackEntry(wheel, entry, target, () => {}, signal);
  const requirements = cudaRequirementsOf(fs.readFileSync(target, "utf8"));
  if (requirements.length === 0) throw badWheel(wheel, "it is not built with CUDA");
  return requirements;
}

/** `Requires-Dist: nvidia-nccl-cu12<3.0,>=2.27; extra == "and-cuda"`: the part before the semicolon. */
export function cudaRequirementsOf(metadata: string): string[] {
  return [...metadata.matchAll(/^Requires-Dist: ([^;\r\n]+);[^\r\n]*extra == ['"]and-cuda['"]/gm)].map(
    (match) => match[1]!.trim(),
  );
}

async function unpack(
  step: string,
  wheels: readonly { wheel: string; entries: readonly ZipEntry[] }[],
  { folder, report, signal }: Unpacking,
): Promise<void> {
  const total = wheels.flatMap(({ entries }) => entries).reduce((sum, { bytes }) => sum + bytes, 0);
  const count = byteCounter(step, total, report);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    count(done);
  };
  for (const { wheel, entries } of wheels) {
    for (const entry of entries) {
      await inWheel(wheel, () => unpackEntry(wheel, entry, targetOf(folder, entry), onBytes, signal));
    }
  }
}

/** A name with ".." must not reach outside. */
function targetOf(folder: string, { name }: ZipEntry): string {
  const target = path.resolve(folder, name);
  if (target.startsWith(path.resolve(folder) + path.sep)) return target;
  throw new Error(`${name} in it lies outside of it`);
}

function directoryOf(wheel: string): ZipEntry[] {
  try {
    return readZipDirectory(wheel);
  } catch (error) {
    throw faultOf(wheel, error);
  }
}

async function inWheel(wheel: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw faultOf(wheel, error);
  }
}

/** What the file system or a cancellation says is not the wheel's fault. */
function faultOf(wheel: string, error: unknown): unknown {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === "AbortError") return error;
  const damaged = code === undefined || code.startsWith("Z_");
  return damaged ? badWheel(wheel, message) : error;
}
