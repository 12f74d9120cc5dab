/** Dawn, Chromium's implementation of WebGPU, as the native library of the npm package `webgpu`. */
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { UserError } from "../../../contracts/user-error";

/** What `dawn.node` exports. */
export interface Dawn {
  /**
   * An entry to the GPUs of this machine. The flag `adapter=<text>` leaves only adapters whose name contains the text. It
   * lives for as long as it is referenced.
   */
  create(flags: readonly string[]): GPU;
  /** The classes and constants that a browser has as globals: GPUBuffer, GPUBufferUsage and so on. */
  globals: object;
}

/** One build serves both kinds of Mac. */
const platform = process.platform === "darwin" ? "darwin-universal" : `${process.platform}-${process.arch}`;

/** Throws UserError "backend-unavailable". The build copies the library (and, on Windows, the DLLs beside it) into dist. */
export function loadDawn(dist: string = __DIST__): Dawn {
  const file = path.join(dist, "webgpu", platform, "dawn.node");
  if (!fs.existsSync(file))
    throw new UserError(
      "backend-unavailable",
      `This installation has no WebGPU library for ${platform}.`,
      "Install the extension's package of this platform, or build it here with `npm run build`.",
    );
  try {
    return createRequire(file)(file) as Dawn;
  } catch (error) {
    throw new UserError(
      "backend-unavailable",
      `The WebGPU library ${file} could not be loaded: ${firstLine(error)}.`,
      "It needs glibc 2.34 on Linux, macOS 11 or Windows 10, or later ones.",
      { cause: error },
    );
  }
}

function firstLine(error: unknown): string {
  return (error as Error).message.split("\n")[0]!.replace(/\.$/, "");
}
