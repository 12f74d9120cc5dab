/** The sentences for what goes wrong while TensorFlow is installed. */
import { UserError } from "../../../../contracts/user-error";

const REASON = "backend-unavailable";

export function diskFull(folder: string, cause?: unknown): UserError {
  return new UserError(
    "disk-full",
    `The disk of ${folder} is full.`,
    "Free some space, or name a folder on another disk with --into.",
    { cause },
  );
}

export function tooLittleDisk(folder: string, needed: number, free: number): UserError {
  const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return new UserError(
    "disk-full",
    `Installing TensorFlow needs ${gibibytes(needed)} of disk, and ${folder} has ${gibibytes(free)} free.`,
    "Free some space, or name a folder on another disk with --into.",
  );
}

export function notDownloaded(what: string, why: string): UserError {
  return new UserError(
    REASON,
    `${what} could not be downloaded: ${why}.`,
    "Check the network and the proxy (HTTPS_PROXY), then install again; npm's and pip's own settings name mirrors.",
  );
}

export function wrongHash(what: string): UserError {
  return new UserError(
    REASON,
    `${what} is not the file it should be: its hash differs, so nothing of it was used.`,
    "Install again; if it happens again, a mirror or proxy on the way changes files.",
  );
}

export function noNpm(why: string): UserError {
  return new UserError(
    REASON,
    `npm is needed to download the source of TensorFlow's addon, and it cannot be run: ${why}.`,
    "Install Node.js, which brings npm, and see that it is in the PATH.",
  );
}

export function noPip(): UserError {
  return new UserError(
    REASON,
    "Python 3 with pip is needed to download TensorFlow's library, and there is none.",
    "Install it (Debian: apt install python3-pip), or download the wheel yourself and name it with --wheel.",
  );
}

export function noCompiler(tried: readonly string[]): UserError {
  return new UserError(
    REASON,
    `A C++ compiler is needed to build TensorFlow's addon, and none of ${tried.join(", ")} can be run.`,
    "Install one (Debian: apt install g++; macOS: xcode-select --install), or name one in CXX.",
  );
}

export function notCompiled(compiler: string, why: string): UserError {
  return new UserError(
    REASON,
    `${compiler} could not build TensorFlow's addon: ${why}.`,
    "TensorFlow's headers need C++17: use g++ 9 or clang 10, or later; CXX names another compiler.",
  );
}

export function notWorking(why: string): UserError {
  return new UserError(
    REASON,
    `TensorFlow was built, but does not work here: ${why}.`,
    "Nothing was installed. Its library needs glibc 2.27 or later and a processor with AVX.",
  );
}

export function badWheel(file: string, why: string): UserError {
  return new UserError(
    REASON,
    `${file} cannot be used: ${why}.`,
    "Name a wheel of TensorFlow for this platform.",
  );
}

/** Turns what the file system says into our sentences; everything else stays what it is. */
export function explain(error: unknown, folder: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") return diskFull(folder, error);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ENOTDIR")
    return new UserError(
      "folder-unwritable",
      `${folder} cannot be written: ${message}.`,
      "Name another folder with --into.",
      { cause: error },
    );
  return error;
}
