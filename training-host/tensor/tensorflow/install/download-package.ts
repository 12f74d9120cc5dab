/** Downloads a package of npm and unpacks it, without running its scripts and without its dependencies. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { noNpm, notDownloaded, wrongHash } from "./failures";
import type { PackageRelease } from "./releases";
import { lastLine, runTool } from "./run-tool";
import { unpackTarball } from "./unpack-tarball";

/**
 * Through `npm pack`, so that npm's own settings (registry, proxy, credentials, cache) hold. Returns the archive's SHA-256.
 * @throws UserError when npm is missing, when the download fails, or when the package is not the one we know.
 */
export async function downloadPackage(
  { spec, integrity }: PackageRelease,
  folder: string,
  temporary: string,
  signal: AbortSignal,
): Promise<{ file: string; sha256: string }> {
  const packed = fs.mkdtempSync(path.join(temporary, "npm-"));
  const result = await runTool("npm", ["pack", spec, "--pack-destination", packed, "--loglevel", "error"], {
    // Beside the running Node lies its npm, also where the PATH names none.
    environment: {
      ...process.env,
      PATH: `${process.env.PATH}${path.delimiter}${path.dirname(process.execPath)}`,
    },
    cwd: packed,
    signal,
  });
  if (!result.started) throw noNpm(result.why);
  const [file] = fs.readdirSync(packed);
  if (result.code !== 0 || !file) throw notDownloaded(spec, npmReason(result.stderr));
  const archive = fs.readFileSync(path.join(packed, file));
  if (`sha512-${createHash("sha512").update(archive).digest("base64")}` !== integrity) throw wrongHash(spec);
  unpackTarball(archive, folder);
  return { file, sha256: createHash("sha256").update(archive).digest("hex") };
}

/** npm's last lines say where its log lies; the reason comes first. */
function npmReason(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => /^npm (error|ERR!)/.test(line));
  const reason = lines.find((line) => !/(code|errno|syscall|A complete log)/.test(line)) ?? lastLine(stderr);
  return reason.replace(/^npm (error|ERR!)\s*/, "").replace(/\.$/, "");
}
