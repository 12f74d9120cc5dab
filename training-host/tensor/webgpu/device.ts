/** The GPU at work, and what goes wrong there: a GPU tells of errors later, and computes on with nonsense meanwhile. */
import { UserError } from "../../../contracts/user-error";
import type { ChosenAdapter } from "./adapter";

/** The limits that our tensors meet; a device has the smallest ones that WebGPU allows unless it is asked for more. */
const wantedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
] as const satisfies (keyof GPUSupportedLimits)[];

export class Device {
  private failure: UserError | null = null;

  private constructor(readonly gpuDevice: GPUDevice) {
    void gpuDevice.lost.then(({ message }) => this.fail(lost(message)));
    gpuDevice.addEventListener("uncapturederror", (event) =>
      this.fail(broken((event as GPUUncapturedErrorEvent).error)),
    );
  }

  /** Throws UserError "backend-unavailable". */
  static async open({ adapter, description }: ChosenAdapter): Promise<Device> {
    const requiredLimits = Object.fromEntries(wantedLimits.map((limit) => [limit, adapter.limits[limit]]));
    try {
      return new Device(await adapter.requestDevice({ requiredLimits }));
    } catch (error) {
      throw new UserError(
        "backend-unavailable",
        `The GPU (${description}) could not be opened: ${(error as Error).message}.`,
        "Update its driver, or use another backend.",
        { cause: error },
      );
    }
  }

  /** The first failure stays: what follows are its consequences. */
  fail(error: UserError): void {
    this.failure ??= error;
  }

  /** Throws what has gone wrong; `error` when nothing is known of it. To be called after every answer of the GPU. */
  requireHealthy(error?: unknown): void {
    const reason = this.failure ?? error;
    if (reason) throw reason;
  }
}

function lost(message: string): UserError {
  return new UserError(
    "backend-unavailable",
    `The GPU stopped working for this run: ${oneSentence(message)}.`,
    "The system may have reset its driver, or it was unplugged. Resume the run, or use another backend.",
  );
}

function broken(error: GPUError): UserError {
  return new UserError(
    "backend-unavailable",
    `The GPU refused a computation: ${oneSentence(error.message)}.`,
    "Update its driver, or use another backend.",
    { cause: error },
  );
}

function oneSentence(message: string): string {
  return (message.split("\n")[0] || "no reason was given").replace(/\.$/, "");
}
