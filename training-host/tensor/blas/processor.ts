/** Which of OpenBLAS's kernels suit this processor. */
import * as fs from "node:fs";

/** Kernels with vectors of 128 bits and no fused multiply-add: slower than our own. Names as OpenBLAS gives them. */
const slowCores = new Set(
  [
    ...["Katmai", "Coppermine", "Northwood", "Prescott", "Banias", "Atom", "Core2", "Penryn", "Dunnington"],
    ...["Nehalem", "Athlon", "Opteron", "Opteron_SSE3", "Barcelona", "Bobcat", "Nano"],
  ].map((name) => name.toLowerCase()),
);

export function isSlowCore(core: string): boolean {
  return slowCores.has(core.toLowerCase());
}

/**
 * The value of OPENBLAS_CORETYPE for an x86-64 processor with these `flags` of Linux's /proc/cpuinfo. An OpenBLAS older than
 * the processor does not know its model and falls back to the oldest kernels (0.3.21 on a Xeon of 2024: Prescott, of 2004).
 */
export function coreTypeFor(flags: ReadonlySet<string>): "SKYLAKEX" | "HASWELL" | null {
  const hasAll = (...names: string[]) => names.every((name) => flags.has(name));
  if (!hasAll("avx2", "fma")) return null;
  return hasAll("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl") ? "SKYLAKEX" : "HASWELL";
}

/** Flags of the first processor; empty where there is no such file. */
export function processorFlags(file = "/proc/cpuinfo"): Set<string> {
  try {
    const [, flags] = /^flags\s*:(.*)$/m.exec(fs.readFileSync(file, "utf8")) ?? [];
    return new Set(flags?.trim().split(/\s+/));
  } catch {
    return new Set();
  }
}
