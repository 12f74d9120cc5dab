/** What a user is told when there is no GPU, another one than asked for, or one that gives up. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import type { UserError } from "../../../contracts/user-error";
import { chooseAdapter } from "../../../training-host/tensor/webgpu/adapter";
import { BufferPool } from "../../../training-host/tensor/webgpu/buffer-pool";
import { loadDawn } from "../../../training-host/tensor/webgpu/dawn";
import { Device } from "../../../training-host/tensor/webgpu/device";
import { openWebGpu } from "../../../training-host/tensor/webgpu/webgpu-backend";

async function failureOf(work: () => unknown): Promise<UserError> {
  try {
    await work();
  } catch (error) {
    return error as UserError;
  }
  throw new Error("it did not fail");
}

const software = process.env.MOS_WEBGPU_ADAPTER !== undefined;

describe("the native library", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "dawn-"));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("that is not installed is told of with the platform", async () => {
    const { reason, message } = await failureOf(() => loadDawn(folder));
    expect(reason).toBe("backend-unavailable");
    expect(message).toMatch(/^This installation has no WebGPU library for \w+-\w+\.$/);
  });

  it("that is broken is told of with its path", async () => {
    const platform =
      process.platform === "darwin" ? "darwin-universal" : `${process.platform}-${process.arch}`;
    const file = path.join(folder, "webgpu", platform, "dawn.node");
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, "not a library");
    const { reason, message } = await failureOf(() => loadDawn(folder));
    expect(reason).toBe("backend-unavailable");
    expect(message).toContain(`The WebGPU library ${file} could not be loaded: `);
  });
});

describe("the adapter", () => {
  it("that nobody has is told of with those that there are", async () => {
    const { reason, message } = await failureOf(() => chooseAdapter(loadDawn(), "Voodoo 9000"));
    expect(reason).toBe("backend-unavailable");
    expect(message).toMatch(
      /^There is no WebGPU adapter named "Voodoo 9000" \(MOS_WEBGPU_ADAPTER\): there is .+\.$/,
    );
  });

  it.runIf(software)("in software is taken only when it is named", async () => {
    const { reason, message, advice } = await failureOf(() => chooseAdapter(loadDawn(), null));
    expect(reason).toBe("backend-unavailable");
    expect(message).toMatch(/^The only WebGPU adapter of this machine is a software one \(.*swiftshader.*\)/);
    expect(advice).toContain("MOS_WEBGPU_ADAPTER");
    const { description, info } = await chooseAdapter(loadDawn(), "SwiftShader");
    expect(info.isFallbackAdapter).toBe(true);
    expect(description).toContain("a software adapter on the CPU");
  });
});

describe("the device", () => {
  it("says which tensor is too large for it, and computes on", async () => {
    const backend = await openWebGpu();
    expect(backend.software ?? false).toBe(software);
    const { limits } = (tf.backend() as unknown as { device: GPUDevice }).device;
    const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
    const error = await failureOf(() => tf.tidy(() => tf.fill([most / 4 + 1], 0)));
    expect(error.reason).toBe("out-of-memory");
    expect(error.message).toBe(
      `One tensor needs ${Math.ceil((most + 4) / 2 ** 20)} MiB, and this GPU takes at most ${Math.ceil(most / 2 ** 20)} MiB in one buffer.`,
    );
    const sum = tf.tidy(() => tf.add(tf.ones([3]), 1));
    expect([...(await sum.data())]).toEqual([2, 2, 2]);
    sum.dispose();
  });

  it("that refuses a computation fails the next answer, once and for all", async () => {
    const device = await openDevice();
    device.requireHealthy();
    device.gpuDevice.createBuffer({ size: 2 ** 50, usage: GPUBufferUsage.STORAGE });
    await device.gpuDevice.queue.onSubmittedWorkDone();
    const { reason, message } = await failureOf(() => device.requireHealthy());
    expect(reason).toBe("backend-unavailable");
    expect(message).toMatch(/^The GPU refused a computation: Buffer size \(\d+\) exceeds .*\.$/);
    device.gpuDevice.destroy();
  });

  // SwiftShader has no gibibyte in one piece, although it says that a buffer may be as large.
  it.runIf(software)("that has too little memory says how much was asked for", async () => {
    const device = await openDevice();
    const pool = new BufferPool(device.gpuDevice, (error) => device.fail(error));
    pool.acquireBuffer(2 ** 20, GPUBufferUsage.STORAGE);
    pool.acquireBuffer(2 ** 30, GPUBufferUsage.STORAGE);
    await device.gpuDevice.queue.onSubmittedWorkDone();
    const { reason, message, advice } = await failureOf(() => device.requireHealthy());
    expect(reason).toBe("out-of-memory");
    expect(message).toBe(
      "The GPU is out of memory: 1024 MiB more were needed, and this run holds 1 MiB of it.",
    );
    expect(advice).toContain("train.batch.micro");
    device.gpuDevice.destroy();
  });

  it("that is lost fails the next answer", async () => {
    const device = await openDevice();
    device.gpuDevice.destroy();
    await device.gpuDevice.lost;
    const { reason, message } = await failureOf(() => device.requireHealthy(new Error("aborted")));
    expect(reason).toBe("backend-unavailable");
    expect(message).toMatch(/^The GPU stopped working for this run: .*destroyed\.$/);
  });

  async function openDevice(): Promise<Device> {
    return Device.open(await chooseAdapter(loadDawn(), process.env.MOS_WEBGPU_ADAPTER ?? null));
  }

  // Last: it takes the backend of this process with it.
  it("that is lost while a tensor is read says so", async () => {
    await openWebGpu();
    const { device } = tf.backend() as unknown as { device: GPUDevice };
    const tensor = tf.tidy(() => tf.add(tf.ones([3]), 1));
    device.destroy();
    const { reason, message } = await failureOf(() => tensor.data());
    expect(reason).toBe("backend-unavailable");
    expect(message).toMatch(/^The GPU stopped working for this run: /);
  });
});
