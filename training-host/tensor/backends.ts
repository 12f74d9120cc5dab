/** Opens the tensor backend that a plan asks for. */
import type { BackendChoice, BackendName } from "../../contracts/backend";
import { UserError } from "../../contracts/user-error";
import type { Backend } from "./backend";
import { openCpu } from "./cpu-backend";
import { openWasm } from "./wasm/wasm-backend";

const openers: Partial<Record<BackendName, () => Promise<Backend>>> = {
  "wasm-blas": () => openWasm({ blas: true }),
  wasm: () => openWasm({ blas: false }),
  cpu: openCpu,
};

/**
 * Makes the backend TensorFlow.js's current one; models of another backend cannot be used until that is opened again.
 * `auto` is the first of the ladder that works here. Throws UserError "backend-unavailable".
 */
export async function openBackend(choice: BackendChoice): Promise<Backend> {
  if (choice !== "auto") return open(choice);
  try {
    return await openWasm({ blas: false });
  } catch (error) {
    const { message } = error as Error;
    return { ...(await openCpu()), detail: `TensorFlow.js cpu backend, because: ${message}` };
  }
}

async function open(name: BackendName): Promise<Backend> {
  const opener = openers[name];
  if (opener) return opener();
  throw new UserError("backend-unavailable", `The backend ${name} is not part of this build.`, "Use auto.");
}
