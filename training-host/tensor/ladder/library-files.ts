/** Where the system's loader would find a library, without loading it. */
import * as fs from "node:fs";
import * as path from "node:path";

interface LoaderView {
  platform: NodeJS.Platform;
  environment: NodeJS.ProcessEnv;
  /** The loader's own list of libraries on Linux; other C libraries than glibc have none. */
  cacheFile: string;
}

const thisMachine: LoaderView = {
  platform: process.platform,
  environment: process.env,
  cacheFile: "/etc/ld.so.cache",
};

/**
 * Those of `candidates` (paths, or names for the loader) that are files here. On macOS the system's own libraries are none: they
 * lie in a cache that comes with the system.
 */
export function existingLibraries(candidates: readonly string[], view: LoaderView = thisMachine): string[] {
  const known = view.platform === "linux" ? readLoaderCache(view.cacheFile) : [];
  const folders = searchFolders(view);
  return candidates.flatMap((candidate) => {
    const isPath = /[\\/]/.test(candidate);
    const files = isPath
      ? [candidate]
      : [
          ...folders.map((folder) => path.join(folder, candidate)),
          ...known.filter((file) => path.basename(file) === candidate),
        ];
    return [...new Set(files)].filter((file) => fs.existsSync(file));
  });
}

function searchFolders({ platform, environment }: LoaderView): string[] {
  if (platform === "darwin") return [];
  const named = platform === "win32" ? environment.PATH : environment.LD_LIBRARY_PATH;
  const folders = (named ?? "").split(path.delimiter).filter(Boolean);
  return platform === "win32"
    ? folders
    : [...folders, "/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"];
}

/** Paths stand in the file as plain text, ended by zeros. */
function readLoaderCache(file: string): string[] {
  try {
    return fs
      .readFileSync(file, "latin1")
      .split("\0")
      .filter((text) => text.startsWith("/"));
  } catch {
    return [];
  }
}
