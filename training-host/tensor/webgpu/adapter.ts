/** Which GPU computes. */
import { UserError } from "../../../contracts/user-error";
import type { Dawn } from "./dawn";

/** `GPUAdapter.info` of today's standard, which the typings that TensorFlow.js brings do not know. */
export interface AdapterInfo extends GPUAdapterInfo {
  /** A CPU computes. */
  readonly isFallbackAdapter: boolean;
}

export interface ChosenAdapter {
  /** To be referenced for as long as the device is used. */
  gpu: GPU;
  adapter: GPUAdapter;
  info: AdapterInfo;
  /** For the record: vendor and architecture, GPU, driver; and whether a CPU only pretends to be one. */
  description: string;
}

/**
 * `name` is a part of an adapter's name; null: the fastest GPU. A software adapter (SwiftShader, llvmpipe) computes on the
 * CPU, slower than any other backend: it is taken only when it is named. Throws UserError "backend-unavailable".
 */
export async function chooseAdapter(dawn: Dawn, name: string | null): Promise<ChosenAdapter> {
  const gpu = dawn.create(name === null ? [] : [`adapter=${name}`]);
  const adapter = await request(gpu, name);
  const { info } = adapter as unknown as { info: AdapterInfo };
  const title = titleOf(info);
  if (!info.isFallbackAdapter) return { gpu, adapter, info, description: title };
  if (name === null)
    throw new UserError(
      "backend-unavailable",
      `The only WebGPU adapter of this machine is a software one (${title}), which computes on the CPU.`,
      "The wasm backends are faster there; MOS_WEBGPU_ADAPTER=<part of its name> takes it nevertheless.",
    );
  return { gpu, adapter, info, description: `${title}, a software adapter on the CPU` };
}

function titleOf({ vendor, architecture, device, description }: AdapterInfo): string {
  const model = [vendor, architecture].filter(Boolean).join(" ");
  return [model, device, description].filter(Boolean).join(", ") || "a GPU without a name";
}

async function request(gpu: GPU, name: string | null): Promise<GPUAdapter> {
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  } catch (error) {
    throw name === null ? noAdapter(error) : noSuchAdapter(name, namesIn((error as Error).message), error);
  }
  if (adapter) return adapter;
  throw name === null ? noAdapter() : noSuchAdapter(name, []);
}

const drivers: Partial<Record<NodeJS.Platform, string>> = {
  linux: "Install the GPU's Vulkan driver and the Vulkan loader (Debian and Ubuntu: libvulkan1).",
  win32: "Install the GPU's driver (Direct3D 12).",
  darwin: "WebGPU needs a Mac with Metal.",
};

function noAdapter(cause?: unknown): UserError {
  return new UserError(
    "backend-unavailable",
    "No GPU can be reached through WebGPU on this machine.",
    drivers[process.platform] ?? "",
    { cause },
  );
}

function noSuchAdapter(name: string, names: readonly string[], cause?: unknown): UserError {
  const others = names.length > 0 ? `there is ${names.join(", ")}` : "there is none at all";
  return new UserError(
    "backend-unavailable",
    `There is no WebGPU adapter named "${name}" (MOS_WEBGPU_ADAPTER): ${others}.`,
    names.length > 0 ? "A part of the name is enough." : (drivers[process.platform] ?? ""),
    { cause },
  );
}

/** Dawn lists the adapters in the message: ` * backend: 'vulkan', name: 'NVIDIA H200'`. */
function namesIn(message: string): string[] {
  return [...message.matchAll(/name: '([^']*)'/g)].map(([, found]) => found!);
}
