/** Both ways to multiply matrices against three loops in float64, over every way in which matrices can lie in memory. */
import * as path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../../training-host/random";
import type { Blas } from "../../../../training-host/tensor/blas/blas";
import {
  chooseVariant,
  compileKernels,
  instantiateKernels,
} from "../../../../training-host/tensor/wasm/kernels";
import { type Multiply, multiplyByBlas } from "../../../../training-host/tensor/wasm/multiply";
import { availableBlas, NEEDS_BLAS } from "./available-blas";

const folder = path.join(__DIST__, "wasm");
/** 1 MiB for the kernel's workspace, and 256 KiB for each matrix. */
const MATRICES = 2 ** 20;
const MATRIX = 2 ** 18;
const PAGES = (MATRICES + 3 * MATRIX) / 2 ** 16;
const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
const WORKSPACE = 1024;

const own = instantiateKernels(
  compileKernels(folder, chooseVariant(folder)),
  memory,
  () => WORKSPACE,
  null,
).multiply;
const blas = availableBlas();

/** A matrix on the heap; `row` and `column` are floats from one row, and one column, to the next. */
interface Matrix {
  rows: number;
  columns: number;
  address: number;
  row: number;
  column: number;
}

interface Product {
  a: Matrix;
  b: Matrix;
  c: Matrix;
  accumulate: 0 | 1;
  seed: number;
}

type Layout = "rows" | "columns" | "scattered";

/** `gap` floats lie between one line of the matrix and the next. */
function layOut(rows: number, columns: number, layout: Layout, gap: number, address: number): Matrix {
  const strides = {
    rows: { row: columns + gap, column: 1 },
    columns: { row: 1, column: rows + gap },
    scattered: { row: 2 * columns + gap, column: 2 },
  };
  return { rows, columns, address, ...strides[layout] };
}

const extent = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 110 }));
const gap = fc.constantFrom(0, 1, 7);
const layout = fc.constantFrom<Layout>("rows", "columns", "scattered");

/** Matrices lie at any float of the heap: tensors do, and rows of them. */
const products: fc.Arbitrary<Product> = fc
  .record({
    sizes: fc.tuple(extent, extent, extent),
    layouts: fc.tuple(layout, layout),
    gaps: fc.tuple(gap, gap, gap),
    offset: fc.integer({ min: 0, max: 5 }),
    accumulate: fc.constantFrom<0 | 1>(0, 1),
    seed: fc.integer({ min: 0, max: 1e9 }),
  })
  .map(({ sizes: [M, N, K], layouts, gaps, offset, accumulate, seed }) => {
    const at = (index: number) => MATRICES + MATRIX * index + 4 * offset;
    return {
      a: layOut(M, K, layouts[0], gaps[0], at(0)),
      b: layOut(K, N, layouts[1], gaps[1], at(1)),
      c: layOut(M, N, "rows", gaps[2], at(2)),
      accumulate,
      seed,
    };
  });

const heap = () => new Float32Array(memory.buffer);
const place = (matrix: Matrix, i: number, j: number) =>
  matrix.address / 4 + i * matrix.row + j * matrix.column;

/** Multiplies on the heap and expects every float of the result, and the ones around it as they were. */
function expectRight(multiply: Multiply, { a, b, c, accumulate, seed }: Product): void {
  const random = new Random(seed);
  const values = heap();
  for (let i = MATRICES / 4; i < values.length; i++) values[i] = random.next() - 0.5;
  const before = values.slice();
  multiply(
    ...[c.rows, c.columns, a.columns],
    ...[a.address, a.row, a.column],
    ...[b.address, b.row, b.column],
    ...[c.address, c.row, accumulate],
  );
  const expected = before.slice();
  for (let i = 0; i < c.rows; i++)
    for (let j = 0; j < c.columns; j++) {
      let sum = accumulate * before[place(c, i, j)]!;
      for (let k = 0; k < a.columns; k++) sum += before[place(a, i, k)]! * before[place(b, k, j)]!;
      expected[place(c, i, j)] = sum;
    }
  // Rounding errors of float32 sums of products below 1/4.
  const tolerance = 3e-7 * Math.sqrt(a.columns + 1);
  for (let i = MATRICES / 4; i < values.length; i++)
    if (!(Math.abs(values[i]! - expected[i]!) <= tolerance))
      expect.fail(`float ${i} is ${values[i]} instead of ${expected[i]}`);
}

const property = (multiply: Multiply) =>
  fc.assert(
    fc.property(products, (product) => expectRight(multiply, product)),
    { numRuns: 50 },
  );

describe("matrix multiplication", () => {
  it("by our own kernel", () => property(own));

  it.skipIf(!blas)(`by BLAS; ${NEEDS_BLAS}`, () => property(multiplyByBlas(blas!, memory, own)));
});

describe("what BLAS is asked for", () => {
  /** Multiplies zeros on a heap, and tells who was called. */
  function whoMultiplies(args: Parameters<Multiply>): "blas" | "own" {
    let called: "blas" | "own" | null = null;
    const told: Blas = {
      ...{ file: "", detail: "", addressOf: () => 2 ** 40 },
      sgemm: () => {
        called = "blas";
      },
    };
    multiplyByBlas(told, memory, () => {
      called = "own";
    })(...args);
    return called!;
  }

  it("multiplies large matrices that lie in rows or in columns", () => {
    expect(whoMultiplies([64, 64, 64, 0, 64, 1, 0, 64, 1, 0, 64, 0])).toBe("blas");
    expect(whoMultiplies([64, 64, 64, 0, 1, 64, 0, 1, 64, 0, 64, 0])).toBe("blas");
  });

  it("leaves to our own kernel what is small, or lies otherwise", () => {
    expect(whoMultiplies([4, 4, 4, 0, 4, 1, 0, 4, 1, 0, 4, 0])).toBe("own");
    expect(whoMultiplies([64, 64, 64, 0, 128, 2, 0, 64, 1, 0, 64, 0])).toBe("own");
    expect(whoMultiplies([64, 64, 64, 0, 1, 32, 0, 64, 1, 0, 64, 0])).toBe("own");
  });

  it("turns addresses on the heap into those of the process, anew when the heap's buffer was replaced", () => {
    const memories = { buffer: new SharedArrayBuffer(8) };
    const bases = new Map([[memories.buffer, 2 ** 40]]);
    const addresses: number[] = [];
    const told: Blas = {
      ...{ file: "", detail: "", addressOf: (buffer) => bases.get(buffer as SharedArrayBuffer)! },
      sgemm: (...args) => addresses.push(args[5], args[7], args[10]),
    };
    const multiply = multiplyByBlas(told, memories as unknown as WebAssembly.Memory, own);
    // The last address is above 2 GiB, which wasm gives as a negative number.
    const args: Parameters<Multiply> = [64, 64, 64, 16, 64, 1, 32, 64, 1, -4, 64, 0];
    multiply(...args);
    memories.buffer = new SharedArrayBuffer(8);
    bases.set(memories.buffer, 2 ** 41);
    multiply(...args);
    expect(addresses).toEqual(
      [2 ** 40, 2 ** 41].flatMap((base) => [base + 16, base + 32, base + 2 ** 32 - 4]),
    );
  });
});
