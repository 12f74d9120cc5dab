/**
 * koffi calls the functions of C libraries. Only its native addon is used, a file per platform beside the bundles
 * (scripts/build.mjs copies them): its JavaScript does no more than find that file, where no bundler would put it.
 */
import * as modules from "node:module";
import * as path from "node:path";
import type * as Koffi from "koffi";

export type KoffiAddon = Pick<typeof Koffi, "address" | "load">;

let addon: KoffiAddon | null = null;

/** Throws when there is none for this platform. */
export function loadKoffi(): KoffiAddon {
  addon ??= loadFirst(addonFiles(process.platform, process.arch));
  return addon;
}

/** Which of the two C libraries of Linux this Node was linked with shows when the addon loads or not. */
export function addonFiles(platform: NodeJS.Platform, architecture: string): string[] {
  const names = platform === "linux" ? ["linux", "musl"] : [platform];
  return names.map((name) => path.join(__DIST__, "koffi", `${name}_${architecture}.node`));
}

function loadFirst(files: readonly string[]): KoffiAddon {
  const require = modules.createRequire(path.join(__DIST__, "koffi", "addon"));
  let failure: unknown;
  for (const file of files) {
    try {
      return require(file) as KoffiAddon;
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
