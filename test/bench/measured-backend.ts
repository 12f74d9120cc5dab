/** The backends that can be measured: the product's, and stock TensorFlow.js to compare with. */
import type { BackendName } from "../../contracts/backend";
import type { Backend } from "../../training-host/tensor/backend";
import { openBackend } from "../../training-host/tensor/backends";

export type MeasuredBackend = BackendName | "stock";

export async function openMeasuredBackend(name: MeasuredBackend, threads: number): Promise<Backend> {
  if (name !== "stock") return openBackend(name, threads);
  // Only then: TensorFlow.js has one wasm backend per process, and ours takes its name.
  const { openStockWasm } = await import("./stock-wasm");
  return openStockWasm();
}
