/** Where a fast BLAS usually lies. */
import * as path from "node:path";

interface Machine {
  platform: NodeJS.Platform;
  environment: NodeJS.ProcessEnv;
}

/**
 * Files, and names for the system's loader to find, in the order in which they are to be tried. `MOS_BLAS` names the only
 * one. macOS: not run by us; Accelerate's path is Apple's documented one, though the file is in the system's shared cache only.
 */
export function candidateLibraries({ platform, environment }: Machine): string[] {
  if (environment.MOS_BLAS) return [environment.MOS_BLAS];
  switch (platform) {
    case "darwin":
      return [
        "/System/Library/Frameworks/Accelerate.framework/Accelerate",
        ...within(["/opt/homebrew/opt/openblas/lib", "/usr/local/opt/openblas/lib"], ["libopenblas.dylib"]),
      ];
    case "win32":
      return [
        ...["libopenblas.dll", "openblas.dll", "mkl_rt.3.dll", "mkl_rt.2.dll"],
        ...within(prefixes(environment.CONDA_PREFIX, "Library\\bin"), [
          ...["openblas.dll", "mkl_rt.3.dll", "mkl_rt.2.dll"],
        ]),
      ];
    default:
      return [...linuxOpenBlas(environment), ...linuxMkl(environment)];
  }
}

function linuxOpenBlas(environment: NodeJS.ProcessEnv): string[] {
  const folders = [
    ...prefixes(environment.CONDA_PREFIX, "lib"),
    ...prefixes(environment.HOMEBREW_PREFIX, "opt/openblas/lib"),
    "/home/linuxbrew/.linuxbrew/opt/openblas/lib",
  ];
  const names = ["libopenblas.so.0", "libopenblas.so"];
  // Fedora names the builds apart; `o` and `p` have threads of their own, of which one is used.
  return [...names, "libopenblaso.so.0", "libopenblasp.so.0", ...within(folders, names)];
}

function linuxMkl(environment: NodeJS.ProcessEnv): string[] {
  const folders = [
    ...prefixes(environment.MKLROOT, "lib"),
    ...prefixes(environment.MKLROOT, "lib/intel64"),
    ...prefixes(environment.CONDA_PREFIX, "lib"),
    "/opt/intel/oneapi/mkl/latest/lib",
  ];
  const names = ["libmkl_rt.so.3", "libmkl_rt.so.2", "libmkl_rt.so.1", "libmkl_rt.so"];
  return [...names, ...within(folders, names)];
}

function prefixes(prefix: string | undefined, folder: string): string[] {
  return prefix ? [path.join(prefix, folder)] : [];
}

function within(folders: readonly string[], names: readonly string[]): string[] {
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
}
