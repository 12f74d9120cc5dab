import { describe, expect, it } from "vitest";
import { explainTensorflowError } from "../../../../../training-host/tensor/tensorflow/out-of-memory";

// As TensorFlow 2.21.0 through binding/utils.h says it.
const oom = (device: string) =>
  new Error(
    "Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[4096,32000] and type float on " +
      `/job:localhost/replica:0/task:0/device:${device}:0 by allocator ${device}`,
  );

describe("TensorFlow out of memory", () => {
  it.each([
    ["GPU", "on the GPU"],
    ["CPU", "in the machine's memory"],
  ])("is ours, with the size asked for, on a %s", (device, where) => {
    expect(explainTensorflowError(oom(device))).toMatchObject({
      name: "UserError",
      reason: "out-of-memory",
      message: `Out of memory: TensorFlow has no room ${where} for 500 MiB more.`,
    });
  });

  it("needs no size", () => {
    const error = new Error("Invalid TF_Status: 8\nMessage: failed to allocate memory");
    expect(explainTensorflowError(error)).toMatchObject({
      message: "Out of memory: TensorFlow has no room in the machine's memory.",
    });
  });

  it("leaves every other error as it is", () => {
    for (const error of [new Error("Invalid TF_Status: 3\nMessage: bad shape[8]"), "text", undefined])
      expect(explainTensorflowError(error)).toBe(error);
  });
});
