/** The BLAS libraries that are fast, told apart by functions that only they have. */
import type { NativeLibrary } from "./native-library";

export interface Vendor {
  /** Name, version and the processor's kernels. */
  detail: string;
  /** Of dimensions and strides. */
  integer: "int32_t" | "int64_t";
  /** What ends the names of its functions. */
  suffix: "" | "64_";
  /** Of OpenBLAS: the processor that its kernels were written for, as in "SkylakeX". */
  core: string | null;
}

/** Set before a library is loaded: they read them then. Every thread of ours calls it for itself. */
export const singleThread = { OPENBLAS_NUM_THREADS: "1", VECLIB_MAXIMUM_THREADS: "1", MKL_NUM_THREADS: "1" };

/** Limits the library to the calling thread. Null: none of those; the reference BLAS, above all, is far slower than our kernels. */
export function recogniseVendor(library: NativeLibrary): Vendor | null {
  return (
    recogniseOpenBlas(library, "") ??
    recogniseOpenBlas(library, "64_") ??
    recogniseMkl(library) ??
    recogniseAccelerate(library)
  );
}

/** Builds with 64-bit integers mark their names with 64_, but not all of them do; the configuration tells. */
function recogniseOpenBlas(library: NativeLibrary, suffix: "" | "64_"): Vendor | null {
  const config = library.find(`openblas_get_config${suffix}`, "const char *", []);
  if (!config) return null;
  library.find(`openblas_set_num_threads${suffix}`, "void", ["int"])?.(1);
  const text = String(config());
  const core = library.find(`openblas_get_corename${suffix}`, "const char *", [])?.();
  return {
    detail: `${text.split(" ").slice(0, 2).join(" ")}, ${core ?? "unknown"} kernels`,
    integer: text.includes("USE64BITINT") ? "int64_t" : "int32_t",
    suffix,
    core: core ? String(core) : null,
  };
}

const MKL_LP64 = 0;
const MKL_SEQUENTIAL = 1;

function recogniseMkl(library: NativeLibrary): Vendor | null {
  const version = library.find("MKL_Get_Version_String", "void", ["char *", "int"]);
  if (!version) return null;
  // Must come before any other call.
  library.find("MKL_Set_Interface_Layer", "int", ["int"])?.(MKL_LP64);
  library.find("MKL_Set_Threading_Layer", "int", ["int"])?.(MKL_SEQUENTIAL);
  library.find("MKL_Set_Num_Threads", "void", ["int"])?.(1);
  const text = Buffer.alloc(256);
  version(text, text.length);
  // "Intel(R) oneAPI Math Kernel Library Version 2026.2-Product Build 20260915 for Intel(R) 64 architecture applications"
  const [detail] = text.toString("latin1").split(/\0|-Product/);
  return { detail: detail!.trim(), integer: "int32_t", suffix: "", core: null };
}

/** Not run by us: written after Apple's documentation. */
function recogniseAccelerate(library: NativeLibrary): Vendor | null {
  if (!library.find("vDSP_create_fftsetup", "void *", ["uint64_t", "int"])) return null;
  return { detail: "Accelerate", integer: "int32_t", suffix: "", core: null };
}
