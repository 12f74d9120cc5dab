/** Downloads wheels of Python packages. */
import * as fs from "node:fs";
import * as path from "node:path";
import { diskFull, noPip, notDownloaded, wrongHash } from "./failures";
import { lastLine, runTool } from "./run-tool";

export interface WheelRequest {
  /** Lines of a pip requirements file; with hashes in all of them or in none. */
  requirements: readonly string[];
  python: string;
  platforms: readonly string[];
}

const POLL_MILLISECONDS = 500;

/**
 * Through pip, so that its own settings (index, proxy, certificates) hold, and it checks the hashes. The running Python's
 * version does not matter. Returns the paths of the wheels, which lie in `folder`.
 * @throws UserError when there is no pip, or with pip's reason.
 */
export async function downloadWheels(
  request: WheelRequest,
  folder: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const python = await findPip(signal);
  const temporary = path.join(folder, "pip");
  fs.mkdirSync(temporary, { recursive: true });
  const requirements = path.join(temporary, "requirements.txt");
  fs.writeFileSync(requirements, `${request.requirements.join("\n")}\n`);
  // pip shows no progress to a program, but it downloads into its folder for temporary files.
  const poll = setInterval(() => onBytes(bytesIn(folder)), POLL_MILLISECONDS);
  try {
    const result = await runTool(python, pipArguments(request, requirements, folder), {
      environment: { ...process.env, TMPDIR: temporary },
      signal,
    });
    if (!result.started) throw noPip();
    if (result.code !== 0) throw pipFailure(request, result.stderr || result.stdout, folder);
  } finally {
    clearInterval(poll);
  }
  fs.rmSync(temporary, { recursive: true, force: true });
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(".whl"))
    .map((name) => path.join(folder, name));
}

/** Debian's Python comes without pip, so both are asked for. */
async function findPip(signal: AbortSignal): Promise<string> {
  for (const python of ["python3", "python"]) {
    const result = await runTool(python, ["-m", "pip", "--version"], { signal });
    if (result.started && result.code === 0) return python;
  }
  throw noPip();
}

function pipArguments(request: WheelRequest, requirements: string, folder: string): string[] {
  return [
    ...["-m", "pip", "download", "--requirement", requirements, "--dest", folder],
    ...["--no-deps", "--only-binary=:all:", "--python-version", request.python, "--implementation", "cp"],
    ...request.platforms.flatMap((platform) => ["--platform", platform]),
    // What is installed is kept; a second copy in pip's cache would take half a gigabyte more.
    ...["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"],
  ];
}

export function pipFailure({ requirements }: WheelRequest, output: string, folder: string): Error {
  const what = requirements.map((line) => line.split(/[\s;]/)[0]).join(", ");
  if (/No space left on device|Disk quota exceeded/.test(output)) return diskFull(folder);
  if (/DO NOT MATCH THE HASHES/.test(output)) return wrongHash(what);
  const reason = output.split("\n").find((line) => line.startsWith("ERROR:")) ?? lastLine(output);
  return notDownloaded(what, reason.replace(/^ERROR:\s*/, "").replace(/\.$/, ""));
}

/** Of all files below; those that vanish meanwhile count nothing. */
function bytesIn(folder: string): number {
  let names: string[] = [];
  try {
    names = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {}
  return names.reduce((sum, name) => {
    const stat = fs.statSync(path.join(folder, name), { throwIfNoEntry: false });
    return stat?.isFile() ? sum + stat.size : sum;
  }, 0);
}
