/** The gates with gradients written out, against TensorFlow.js's own gradients. */
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../../../../training-host/random";
import { openBackend } from "../../../../../training-host/tensor/backends";
import { portableOperations } from "../../../../../training-host/tensor/portable";
import { geglu, swiglu } from "../../../../../training-host/tensor/stock/gated";
import { type Differentiated, evaluate, expectClose, normal } from "../operation-check";

beforeAll(() => openBackend("cpu"));

describe.each([
  ["swiglu", swiglu],
  ["geglu", geglu],
] as const)("%s", (name, gated) => {
  it("is the portable one, forward and backward", async () => {
    const random = new Random(1);
    const gate = normal(random, 20, 31);
    gate.values.forEach((value, i) => {
      gate.values[i] = 4 * value;
    });
    gate.values[0] = 95; // beyond the range in which e^x is a float
    gate.values[1] = -95;
    const inputs = [gate, normal(random, 20, 31)];
    const expected = await evaluate(portableOperations, inputs, (table) => table[name] as Differentiated);
    const actual = await evaluate(portableOperations, inputs, () => gated as Differentiated);
    expect(actual).toHaveLength(3);
    expectClose(actual, expected, name);
  });
});
