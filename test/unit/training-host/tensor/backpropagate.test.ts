import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../training-host/tensor/backends";
import { backpropagate } from "../../../../training-host/tensor/backpropagate";
import { portableOperations } from "../../../../training-host/tensor/portable";
import { Heap } from "../../../../training-host/tensor/wasm/heap";
import { openKit } from "../../../../training-host/tensor/wasm/kit";
import type { Multiply } from "../../../../training-host/tensor/wasm/multiply";
import { makeWasmOperations } from "../../../../training-host/tensor/wasm/wasm-operations";

const N = 5;
const D = 4;

let before = 0;
beforeAll(async () => {
  await openBackend("cpu");
});
afterEach(() => tf.setBackend("cpu"));

function variables(...shapes: number[][]): tf.Variable[] {
  return shapes.map((shape, index) =>
    tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, 1, "float32", index + 1))),
  );
}

/** Gradients of all sources, as they come. */
function gradientsOf(
  forward: () => tf.Tensor,
  sources: readonly tf.Tensor[],
  upstream: tf.Tensor | null = null,
) {
  const found: (Float32Array | undefined)[] = sources.map(() => undefined);
  const order: number[] = [];
  tf.tidy(() => {
    backpropagate(forward, sources, upstream, (source, gradient) => {
      found[source] = gradient.dataSync<"float32">();
      order.push(source);
      gradient.dispose();
    });
  });
  return { found, order };
}

describe("backpropagation", () => {
  /** `shared` is used twice, `x` branches, `unused` does not matter. */
  const network =
    ([x, first, shared, unused]: readonly tf.Variable[]) =>
    () => {
      const { linear, rmsNorm, swiglu, add } = portableOperations;
      const h = linear(x as unknown as tf.Tensor2D, first as unknown as tf.Tensor2D);
      const normed = rmsNorm(h, tf.ones([D]), 1e-5);
      tf.mul(unused!, 2);
      const gated = swiglu(linear(normed, shared as unknown as tf.Tensor2D), h);
      return tf.sum(tf.square(linear(add(gated, h), shared as unknown as tf.Tensor2D)));
    };

  it("gives TensorFlow.js's gradients, each once it is whole, and leaves nothing behind", () => {
    const sources = variables([N, D], [D, D], [D, D], [3]);
    const expected = tf.tidy(() => {
      const { grads } = tf.variableGrads(network(sources) as () => tf.Scalar, sources.slice(0, 3));
      return sources.slice(0, 3).map((source) => grads[source.name]!.dataSync<"float32">());
    });
    before = tf.memory().numTensors;
    const { found, order } = gradientsOf(network(sources), sources);
    for (const [source, gradient] of expected.entries())
      for (const [index, value] of gradient.entries()) expect(found[source]![index]).toBeCloseTo(value, 4);
    expect(found[3]).toBeUndefined();
    expect([...order].sort()).toEqual([0, 1, 2]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(sources);
  });

  it("continues a gradient from above", () => {
    const [x, w] = variables([N, D], [D, D]) as [tf.Variable, tf.Variable];
    const forward = () => tf.matMul(x, w);
    const upstream = tf.tidy(() => tf.randomNormal([N, D], 0, 1, "float32", 9));
    const expected = tf.tidy(() => tf.matMul(upstream, w, false, true).dataSync<"float32">());
    const { found } = gradientsOf(forward, [x], upstream);
    expect(found[0]).toEqual(expected);
    expect(upstream.isDisposed).toBe(true);
    tf.dispose([x, w]);
  });

  it("frees the tape when the forward pass fails, and can be used again", () => {
    const sources = variables([N, D], [D, D], [D, D], [3]);
    before = tf.memory().numTensors;
    const failing = () => {
      network(sources)();
      throw new Error("broken");
    };
    expect(() => gradientsOf(failing, sources)).toThrow("broken");
    expect(tf.memory().numTensors).toBe(before);
    expect(gradientsOf(network(sources), sources).found[0]).toBeDefined();
    tf.dispose(sources);
  });

  it("frees activations while it goes: no more than two of a long chain's are there at once", () => {
    const [x] = variables([N, D]) as [tf.Variable];
    const LENGTH = 40;
    const most = { tensors: 0 };
    const start = tf.memory().numTensors;
    const link = tf.customGrad((...args) => {
      const [input, save] = args as unknown as [tf.Tensor, (saved: tf.Tensor[]) => void];
      save([input]);
      return {
        value: tf.tanh(input),
        gradFunc: (dy: tf.Tensor) => {
          most.tensors = Math.max(most.tensors, tf.memory().numTensors - start);
          return tf.mul(dy, 0.9);
        },
      };
    });
    const atEnd: number[] = [];
    tf.tidy(() => {
      backpropagate(
        () => {
          let value: tf.Tensor = x;
          for (let i = 0; i < LENGTH; i++) value = link(value);
          return tf.sum(value);
        },
        [x],
        null,
        () => atEnd.push(tf.memory().numTensors - start),
      );
    });
    expect(most.tensors).toBeGreaterThan(LENGTH);
    expect(most.tensors).toBeLessThan(LENGTH + 10);
    expect(atEnd[0]).toBeLessThan(10);
    x.dispose();
  });
});

describe("frozen weights on our own kernels", () => {
  it("cost no multiplication for a gradient of their own", async () => {
    await openBackend("wasm");
    const folder = path.join(__DIST__, "wasm");
    const kit = await openKit(await Heap.open(), { folder, variant: "simd", blas: null, threads: 1 });
    const sizes: string[] = [];
    const multiply: Multiply = (M, N, K, ...rest) => {
      sizes.push(`${M}x${N}x${K}`);
      kit.multiply(M, N, K, ...rest);
    };
    const { linear, adaptedLinear, embed, rmsNorm } = makeWasmOperations({ ...kit, multiply });
    const [rows, input, out, rank] = [11, 7, 5, 2];
    const [x, weight, table, gain, down, up] = variables(
      [rows, input],
      [out, input],
      [9, input],
      [input],
      [rank, input],
      [out, rank],
    ) as tf.Variable[];
    for (const frozen of [weight!, table!, gain!]) frozen.trainable = false;
    const multiplied = (forward: () => tf.Tensor, sources: readonly tf.Tensor[]) => {
      sizes.length = 0;
      const { found } = gradientsOf(() => tf.sum(tf.square(forward())), sources);
      return { found, sizes: [...sizes] };
    };
    const matrix = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor2D;

    const plain = multiplied(() => linear(matrix(x), matrix(weight)), [x!, weight!]);
    expect(plain.sizes).toEqual([`${rows}x${out}x${input}`, `${rows}x${input}x${out}`]);
    expect(plain.found[1]).toBeUndefined();
    weight!.trainable = true;
    const trained = multiplied(() => linear(matrix(x), matrix(weight)), [x!, weight!]);
    expect(trained.sizes).toContain(`${out}x${input}x${rows}`);
    expect(trained.found[0]).toEqual(plain.found[0]);
    weight!.trainable = false;

    const adapter = { down: matrix(down), up: matrix(up), scale: 2, dropout: null };
    const adapted = multiplied(
      () => adaptedLinear(matrix(x), matrix(weight), adapter),
      [x!, weight!, down!, up!],
    );
    expect(adapted.found.map((gradient) => gradient?.length)).toEqual([
      rows * input,
      undefined,
      rank * input,
      out * rank,
    ]);
    expect(adapted.sizes).not.toContain(`${out}x${input}x${rows}`);
    expect(adapted.sizes).not.toContain(`${out}x${input}x${rank}`);

    const ids = tf.tensor1d([3, 1, 3], "int32");
    const fromTable = multiplied(
      () => rmsNorm(embed(matrix(table), ids), gain as unknown as tf.Tensor1D, 1e-5),
      [table!, gain!],
    );
    expect(fromTable.found).toEqual([undefined, undefined]);
    tf.dispose([x!, weight!, table!, gain!, down!, up!, ids]);
  });
});
