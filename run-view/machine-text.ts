/** What computed a run, in words. */
import type { MachineView } from "./run-view";

/** `wasm-blas, 2 threads`. */
export function machineName({ backend, threads }: Pick<MachineView, "backend" | "threads">): string {
  return `${backend}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
}

/** `wasm-blas, 2 threads (own wasm kernels, relaxed SIMD; OpenBLAS 0.3.21, SkylakeX kernels)`. */
export function machineText(machine: Pick<MachineView, "backend" | "threads" | "detail">): string {
  return machineName(machine) + (machine.detail === "" ? "" : ` (${machine.detail})`);
}

/** One line per backend that `auto` would rather have had. */
export function passedOverTexts({ passedOver }: Pick<MachineView, "passedOver">): string[] {
  return passedOver.map(({ backend, reason }) => `${backend}: ${reason}`);
}
