/** The process `tensorflow-check.js <addon>`: loads the addon, multiplies two matrices, prints an `AddonCheck` as JSON. */
import type { AddonCheck } from "./addon-check";

/** What is used here of binding/tfjs_binding.cc. */
interface Addon {
  TF_Version: string;
  TF_FLOAT: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_TYPE: number;
  isUsingGpuDevice(): boolean;
  createTensor(shape: number[], type: number, values: Float32Array): number;
  executeOp(
    name: string,
    attributes: { name: string; type: number; value: number | boolean }[],
    inputs: number[],
    outputs: number,
  ): { id: number }[];
  tensorDataSync(id: number): Float32Array;
}

function check(file: string): AddonCheck {
  const module = { exports: {} as Addon };
  process.dlopen(module, file);
  const addon = module.exports;
  const left = addon.createTensor([1, 2], addon.TF_FLOAT, Float32Array.of(1, 2));
  const right = addon.createTensor([2, 2], addon.TF_FLOAT, Float32Array.of(3, 5, 4, 6));
  const attributes = [
    { name: "T", type: addon.TF_ATTR_TYPE, value: addon.TF_FLOAT },
    { name: "transpose_a", type: addon.TF_ATTR_BOOL, value: false },
    { name: "transpose_b", type: addon.TF_ATTR_BOOL, value: false },
  ];
  const [product] = addon.executeOp("MatMul", attributes, [left, right], 1);
  return {
    tensorflow: addon.TF_Version,
    gpu: addon.isUsingGpuDevice(),
    product: [...addon.tensorDataSync(product!.id)],
  };
}

try {
  console.log(JSON.stringify(check(process.argv[2] ?? "")));
} catch (error) {
  console.error((error as Error).message.split("\n")[0]);
  process.exitCode = 1;
}
