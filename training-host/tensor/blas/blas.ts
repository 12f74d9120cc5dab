/** Single-precision matrix multiplication by the BLAS library of the system. */
import { UserError } from "../../../contracts/user-error";
import { candidateLibraries } from "./candidate-libraries";
import { multipliesCorrectly } from "./known-product";
import { loadKoffi } from "./koffi-addon";
import { addressOfBuffer, NativeLibrary } from "./native-library";
import { coreTypeFor, isSlowCore, processorFlags } from "./processor";
import { recogniseVendor, singleThread, type Vendor } from "./vendor";

export interface Blas {
  /** What `loadBlas` finds the same library by in another thread. */
  file: string;
  /** Library, version and kernels. */
  detail: string;
  /** In this process. */
  addressOf(buffer: ArrayBufferLike): number;
  /**
   * C [M, N] = A [M, K] * B [K, N] by the calling thread alone, added to C when `accumulate` is 1. Addresses are those in
   * the process. `leading` floats are from one row to the next as the matrix is stored: transposed, if so marked.
   */
  sgemm(
    ...args: [
      ...transposed: [A: boolean, B: boolean],
      ...sizes: [M: number, N: number, K: number],
      ...a: [A: number, leadingA: number],
      ...b: [B: number, leadingB: number],
      accumulate: number,
      ...c: [C: number, leadingC: number],
    ]
  ): void;
}

/**
 * The first library of this machine that is fast and right. Call it from the main thread: environment variables, which it
 * sets for the library, do not leave another one. Throws UserError "backend-unavailable"; a library can also end the
 * process as it is loaded, so try this in a child process first.
 */
export function openBlas(): Blas {
  const reasons: string[] = [];
  const { MOS_BLAS: named } = process.env;
  Object.assign(process.env, singleThread);
  requireKoffi();
  for (const file of candidateLibraries({ platform: process.platform, environment: process.env })) {
    try {
      return loadBlas(file);
    } catch (error) {
      const { message } = error as Error;
      if (named || !/no such file|not found|cannot find|could not be found/i.test(message))
        reasons.push(message);
    }
  }
  throw new UserError(
    "backend-unavailable",
    reasons.length > 0
      ? `No BLAS library of this machine can be used: ${reasons.join("; ")}.`
      : "No fast BLAS library was found on this machine.",
    named
      ? "Set MOS_BLAS to the file of an OpenBLAS or MKL library, or leave it out."
      : "Install OpenBLAS (Debian: libopenblas0-pthread; Fedora: openblas), or set MOS_BLAS to the file of one.",
  );
}

/** `file` alone, as `openBlas` found it. Throws when it cannot be loaded, is not known to be fast, or multiplies wrongly. */
export function loadBlas(file: string): Blas {
  const { library, vendor } = withSuitableKernels(loadVendor(file));
  const blas = { file, detail: vendor.detail, addressOf: addressOfBuffer, sgemm: bindSgemm(library, vendor) };
  if (!multipliesCorrectly(blas)) throw new Error(`${file} (${vendor.detail}) multiplies incorrectly`);
  return blas;
}

interface Recognised {
  library: NativeLibrary;
  vendor: Vendor;
}

function loadVendor(file: string): Recognised {
  const library = NativeLibrary.load(file);
  const vendor = recogniseVendor(library);
  if (vendor) return { library, vendor };
  library.unload();
  throw new Error(
    `${file} is none of OpenBLAS, MKL and Accelerate, and others are slower than the wasm kernels`,
  );
}

/** Loads an OpenBLAS anew that chose kernels of the distant past, having told it of better ones. */
function withSuitableKernels(found: Recognised): Recognised {
  const { library, vendor } = found;
  if (!vendor.core || !isSlowCore(vendor.core)) return found;
  const better = coreTypeFor(processorFlags());
  if (better && !process.env.OPENBLAS_CORETYPE) {
    library.unload();
    process.env.OPENBLAS_CORETYPE = better;
    const again = loadVendor(library.file);
    if (!isSlowCore(again.vendor.core!)) return again;
  }
  throw new Error(
    `${library.file} has only ${vendor.core} kernels for this processor, slower than the wasm kernels`,
  );
}

const ROW_MAJOR = 101;
const NOT_TRANSPOSED = 111;
const TRANSPOSED = 112;

function bindSgemm(library: NativeLibrary, { integer, suffix }: Vendor): Blas["sgemm"] {
  const name = `cblas_sgemm${suffix}`;
  // Addresses are passed as numbers, which koffi turns into pointers fastest; numbers hold all 47 bits of them.
  const address = "uint64_t";
  const sgemm = library.find(name, "void", [
    ...["int", "int", "int", integer, integer, integer],
    ...["float", address, integer, address, integer],
    ...["float", address, integer],
  ]);
  if (!sgemm) throw new Error(`${library.file} has no function ${name}`);
  return (transposedA, transposedB, M, N, K, A, leadingA, B, leadingB, accumulate, C, leadingC) => {
    const a = transposedA ? TRANSPOSED : NOT_TRANSPOSED;
    const b = transposedB ? TRANSPOSED : NOT_TRANSPOSED;
    sgemm(ROW_MAJOR, a, b, M, N, K, 1, A, leadingA, B, leadingB, accumulate, C, leadingC);
  };
}

function requireKoffi(): void {
  try {
    loadKoffi();
  } catch (error) {
    throw new UserError(
      "backend-unavailable",
      `The native addon that calls BLAS cannot be loaded: ${(error as Error).message.split("\n")[0]}.`,
      "Use another backend.",
      { cause: error },
    );
  }
}
