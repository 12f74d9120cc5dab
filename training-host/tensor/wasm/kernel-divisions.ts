/**
 * How the work of each kernel divides into parts for threads: always by what is WRITTEN, so that every number is computed as
 * it would be by one thread and no result depends on who computed what.
 */
import type { KernelInstance } from "./kernels";
import type { Multiply } from "./multiply";

/** What one thread computes with. */
export interface ThreadKernels {
  kernels: KernelInstance;
  multiply: Multiply;
  /** 0 is the main thread. */
  thread: number;
}

export interface Division<Args extends readonly number[]> {
  /** Into how many parts the work divides for so many threads. One part is not worth telling other threads about. */
  parts(args: Args, threads: number): number;
  compute(own: ThreadKernels, args: Args, part: number, parts: number, threads: number): void;
}

/** What a thread is given at least to do: floats to write (about 20 microseconds), or multiplications (about 50). */
const FLOATS = 1 << 15;
const PRODUCTS = 1 << 20;
/** Parts per thread of large work: who is early takes more of them. */
const PARTS_PER_THREAD = 4;
/** A cache line of floats: two threads do not write to the same one. */
const LINE = 16;
/** Multiplications of a thread, about a millisecond of BLAS, of which half is still much. */
const PLENTIFUL_PRODUCTS = 1 << 27;

const add: Division<[a: number, b: number, out: number, count: number]> = {
  parts: ([, , , count], threads) => share(count / FLOATS, threads),
  compute: ({ kernels }, [a, b, out, count], part, parts) => {
    const { at, size } = range(count, LINE, part, parts);
    kernels.add(a + 4 * at, b + 4 * at, out + 4 * at, size);
  },
};

const scale: Division<[x: number, out: number, count: number, factor: number]> = {
  parts: ([, , count], threads) => share(count / FLOATS, threads),
  compute: ({ kernels }, [x, out, count, factor], part, parts) => {
    const { at, size } = range(count, LINE, part, parts);
    kernels.scale(x + 4 * at, out + 4 * at, size, factor);
  },
};

const addBias: Division<[x: number, bias: number, out: number, rows: number, width: number]> = {
  parts: ([, , , rows, width], threads) => share((rows * width) / FLOATS, threads),
  compute: ({ kernels }, [x, bias, out, rows, width], part, parts) => {
    const { at, size } = range(rows, 1, part, parts);
    const rowsAt = 4 * at * width;
    kernels.addBias(x + rowsAt, bias, out + rowsAt, size, width);
  },
};

const sumRows: Division<[x: number, sums: number, rows: number, width: number]> = {
  parts: ([, , rows, width], threads) => Math.min(share((rows * width) / FLOATS, threads), lines(width)),
  compute: ({ kernels }, [x, sums, rows, width], part, parts) => {
    const { at, size } = range(width, LINE, part, parts);
    kernels.sumRows(x + 4 * at, sums + 4 * at, rows, width, size);
  },
};

const dropout: Division<
  [
    ...tensors: [x: number, out: number],
    count: number,
    ...words: [key: number, threshold: number],
    scale: number,
    accumulate: number,
  ]
> = {
  parts: ([, , count], threads) => share((2 * count) / FLOATS, threads),
  compute: ({ kernels }, [x, out, count, ...constants], part, parts) => {
    const { at, size } = range(count, LINE, part, parts);
    kernels.dropout(x + 4 * at, out + 4 * at, size, at, ...constants);
  },
};

const widenBfloat16: Division<[halves: number, out: number, count: number]> = {
  parts: ([, , count], threads) => share(count / FLOATS, threads),
  compute: ({ kernels }, [halves, out, count], part, parts) => {
    const { at, size } = range(count, LINE, part, parts);
    kernels.widenBfloat16(halves + 2 * at, out + 4 * at, size);
  },
};

const fillZero: Division<[address: number, count: number]> = {
  parts: ([, count], threads) => share(count / FLOATS, threads),
  compute: ({ kernels }, [address, count], part, parts) => {
    const { at, size } = range(count, LINE, part, parts);
    kernels.fillZero(address + 4 * at, size);
  },
};

const sumsOfSquares: Division<[values: number, count: number, sums: number]> = {
  parts: ([, count], threads) => share(count / FLOATS, threads),
  compute: ({ kernels }, [values, count, sums], part, parts) => {
    const run = kernels.squaresRunLength();
    const { at, size } = range(count, run, part, parts);
    kernels.sumsOfSquares(values + 4 * at, size, sums + 8 * (at / run));
  },
};

const gatherRows: Division<[table: number, ids: number, out: number, rows: number, width: number]> = {
  parts: ([, , , rows, width], threads) => share((rows * width) / FLOATS, threads),
  compute: ({ kernels }, [table, ids, out, rows, width], part, parts) => {
    const { at, size } = range(rows, 1, part, parts);
    kernels.gatherRows(table, ids + 4 * at, out + 4 * at * width, size, width);
  },
};

/** By columns, because rows repeat. */
const scatterAddRows: Division<[values: number, ids: number, table: number, rows: number, width: number]> = {
  parts: ([, , , rows, width], threads) => Math.min(share((rows * width) / FLOATS, threads), lines(width)),
  compute: ({ kernels }, [values, ids, table, rows, width], part, parts) => {
    const { at, size } = range(width, LINE, part, parts);
    kernels.scatterAddRows(values + 4 * at, ids, table + 4 * at, rows, width, size);
  },
};

const rmsNormForward: Division<
  [
    ...tensors: [x: number, weight: number, y: number, inverseRms: number],
    ...sizes: [rows: number, width: number],
    ...constants: [epsilon: number, offset: number],
  ]
> = {
  parts: ([, , , , rows, width], threads) => share((rows * width) / FLOATS, threads),
  compute: ({ kernels }, [x, weight, y, inverseRms, rows, width, ...constants], part, parts) => {
    const { at, size } = range(rows, 1, part, parts);
    const rowsAt = 4 * at * width;
    kernels.rmsNormForward(
      ...[x + rowsAt, weight, y + rowsAt, inverseRms + 4 * at],
      ...[size, width],
      ...constants,
    );
  },
};

const rmsNormBackwardInput: Division<
  [
    ...tensors: [dy: number, x: number, weight: number, inverseRms: number, dx: number],
    ...sizes: [rows: number, width: number],
    offset: number,
  ]
> = {
  parts: ([, , , , , rows, width], threads) => share((rows * width) / FLOATS, threads),
  compute: ({ kernels }, [dy, x, weight, inverseRms, dx, rows, width, offset], part, parts) => {
    const { at, size } = range(rows, 1, part, parts);
    const rowsAt = 4 * at * width;
    kernels.rmsNormBackwardInput(
      ...[dy + rowsAt, x + rowsAt, weight, inverseRms + 4 * at, dx + rowsAt],
      ...[size, width, offset],
    );
  },
};

const rmsNormBackwardWeight: Division<
  [...tensors: [dy: number, x: number, inverseRms: number, dWeight: number], rows: number, width: number]
> = {
  parts: ([, , , , rows, width], threads) => Math.min(share((rows * width) / FLOATS, threads), lines(width)),
  compute: ({ kernels }, [dy, x, inverseRms, dWeight, rows, width], part, parts) => {
    const { at, size } = range(width, LINE, part, parts);
    kernels.rmsNormBackwardWeight(
      ...[dy + 4 * at, x + 4 * at, inverseRms, dWeight + 4 * at],
      ...[rows, width, size],
    );
  },
};

const rope: Division<
  [
    ...tensors: [x: number, y: number, cosines: number, sines: number, positions: number],
    ...sizes: [rows: number, heads: number, half: number],
    sign: number,
  ]
> = {
  parts: ([, , , , , rows, heads, half], threads) => share((rows * heads * 2 * half) / FLOATS, threads),
  compute: ({ kernels }, [x, y, cosines, sines, positions, rows, heads, half, sign], part, parts) => {
    const { at, size } = range(rows, 1, part, parts);
    const rowsAt = 4 * at * heads * 2 * half;
    kernels.rope(
      ...[x + rowsAt, y + rowsAt, cosines, sines, positions + 4 * at],
      ...[size, heads, half, sign as 1 | -1],
    );
  },
};

type GatedForward = [gate: number, up: number, y: number, count: number];
type GatedBackward = [
  ...tensors: [dy: number, gate: number, up: number, dGate: number, dUp: number],
  count: number,
];

function gatedForward(name: "swigluForward" | "gegluForward"): Division<GatedForward> {
  return {
    parts: ([, , , count], threads) => share((2 * count) / FLOATS, threads),
    compute: ({ kernels }, [gate, up, y, count], part, parts) => {
      const { at, size } = range(count, LINE, part, parts);
      kernels[name](gate + 4 * at, up + 4 * at, y + 4 * at, size);
    },
  };
}

function gatedBackward(name: "swigluBackward" | "gegluBackward"): Division<GatedBackward> {
  return {
    parts: ([, , , , , count], threads) => share((2 * count) / FLOATS, threads),
    compute: ({ kernels }, [dy, gate, up, dGate, dUp, count], part, parts) => {
      const { at, size } = range(count, LINE, part, parts);
      const here = 4 * at;
      kernels[name](dy + here, gate + here, up + here, dGate + here, dUp + here, size);
    },
  };
}

type AttentionSizes = [
  ...sizes: [starts: number, sequences: number, heads: number, kvHeads: number, size: number],
  ...workspace: [address: number, bytesPerThread: number],
];

/** By sequences and groups of heads: what a group writes no other does. */
const attentionForward: Division<
  [
    ...tensors: [q: number, k: number, v: number, out: number, maxima: number, inverseSums: number],
    ...sizes: AttentionSizes,
  ]
> = {
  parts: ([, , , , , , ...attention], threads) => attentionParts(attention, threads),
  compute: (own, [q, k, v, out, maxima, inverseSums, ...attention], part, parts) => {
    for (const where of attentionsOf(own, attention, part, parts))
      own.kernels.attentionForward(q, k, v, out, maxima, inverseSums, ...where);
  },
};

const attentionBackward: Division<
  [
    ...inputs: [dOut: number, out: number, q: number, k: number, v: number],
    ...sums: [maxima: number, inverseSums: number],
    ...outputs: [dq: number, dk: number, dv: number],
    ...sizes: AttentionSizes,
  ]
> = {
  parts: ([, , , , , , , , , , ...attention], threads) => attentionParts(attention, threads),
  compute: (own, [dOut, out, q, k, v, maxima, inverseSums, dq, dk, dv, ...attention], part, parts) => {
    for (const where of attentionsOf(own, attention, part, parts))
      own.kernels.attentionBackward(dOut, out, q, k, v, maxima, inverseSums, dq, dk, dv, ...where);
  },
};

/** Sequences differ in length, so each is a part for itself up to a number that bounds what handing out parts costs. */
const MOST_ATTENTION_PARTS = 1024;

function attentionParts([, sequences, , kvHeads]: AttentionSizes, threads: number): number {
  return threads === 1 ? 1 : Math.min(sequences * kvHeads, MOST_ATTENTION_PARTS);
}

/** The last arguments of the kernel, for every sequence and group of a part. */
function* attentionsOf(
  { thread }: ThreadKernels,
  [starts, sequences, heads, kvHeads, size, workspace, bytesPerThread]: AttentionSizes,
  part: number,
  parts: number,
): Generator<[number, number, number, number, number, number, number]> {
  const { at, size: count } = range(sequences * kvHeads, 1, part, parts);
  for (let index = at; index < at + count; index++) {
    const sequence = Math.floor(index / kvHeads);
    yield [starts, sequence, index % kvHeads, heads, kvHeads, size, workspace + thread * bytesPerThread];
  }
}

/** By sequences and heads; `longest` is the number of rows of the longest sequence so far. */
const attentionWithPast: Division<
  [
    ...addresses: [q: number, out: number, table: number],
    ...sequences: [count: number, longest: number],
    ...sizes: [heads: number, kvHeads: number, size: number],
    ...workspace: [address: number, bytesPerThread: number],
  ]
> = {
  parts: ([, , , sequences, longest, heads, , size], threads) => {
    const most = Math.min(sequences * heads, MOST_ATTENTION_PARTS);
    return Math.min(most, share((2 * sequences * longest * heads * size) / FLOATS, threads, most));
  },
  compute: ({ kernels, thread }, args, part, parts) => {
    const [q, out, table, sequences, , heads, kvHeads, size, workspace, bytesPerThread] = args;
    const { at, size: count } = range(sequences * heads, 1, part, parts);
    for (let index = at; index < at + count; index++) {
      kernels.attentionWithPast(
        ...[q, out, table],
        ...[Math.floor(index / heads), index % heads],
        ...[heads, kvHeads, size, workspace + thread * bytesPerThread],
      );
    }
  },
};

/** By columns of the result, which are rows of the weight: what a thread reads no other does. */
const fewRowsTimesTransposed: Division<
  [
    ...tensors: [x: number, W: number, y: number],
    ...sizes: [N: number, input: number, out: number],
    halves: number,
  ]
> = {
  parts: ([, , , , input, out], threads) =>
    Math.min(share((input * out) / FLOATS, threads), Math.ceil(out / LINE)),
  compute: ({ kernels }, [x, W, y, N, input, out, halves], part, parts) => {
    const { at, size } = range(out, LINE, part, parts);
    kernels.fewRowsTimesTransposed(x, W, y, N, input, out, at, at + size, halves);
  },
};

const crossEntropyForward: Division<
  [
    ...tensors: [logits: number, labels: number, maxima: number, sums: number, chosen: number],
    ...sizes: [rows: number, vocab: number],
  ]
> = {
  parts: ([, , , , , rows, vocab], threads) => share((2 * rows * vocab) / FLOATS, threads),
  compute: ({ kernels }, [logits, labels, maxima, sums, chosen, rows, vocab], part, parts) => {
    const { at, size } = range(rows, 1, part, parts);
    kernels.crossEntropyForward(
      ...[logits + 4 * at * vocab, labels + 4 * at, maxima + 4 * at, sums + 4 * at, chosen + 4 * at],
      ...[size, vocab],
    );
  },
};

const crossEntropyBackward: Division<
  [...tensors: [logits: number, labels: number, sums: number], rows: number, vocab: number, scale: number]
> = {
  parts: ([, , , rows, vocab], threads) => share((rows * vocab) / FLOATS, threads),
  compute: ({ kernels }, [logits, labels, sums, rows, vocab, scale], part, parts) => {
    const { at, size } = range(rows, 1, part, parts);
    kernels.crossEntropyBackward(
      ...[logits + 4 * at * vocab, labels + 4 * at, sums + 4 * at],
      ...[size, vocab, scale],
    );
  },
};

const adamw: Division<
  [
    ...tensors: [parameter: number, gradient: number, firstMoment: number, secondMoment: number],
    count: number,
    gradientScale: number,
    ...betas: [beta1: number, oneMinusBeta1: number, beta2: number, oneMinusBeta2: number],
    ...constants: [stepSize: number, secondCorrection: number, epsilon: number, decay: number],
  ]
> = {
  parts: ([, , , , count], threads) => share((4 * count) / FLOATS, threads),
  compute: ({ kernels }, [parameter, gradient, first, second, count, ...constants], part, parts) => {
    const { at, size } = range(count, LINE, part, parts);
    const here = 4 * at;
    kernels.adamw(parameter + here, gradient + here, first + here, second + here, size, ...constants);
  },
};

/** Our own multiplication, by tiles of C: each is computed without regard to the rest, and cutting costs nothing. */
const gemm: Division<Parameters<Multiply>> = {
  parts: ([M, N, K], threads) => share((M * N * K) / PRODUCTS, threads),
  compute: ({ kernels }, args, part, parts) => kernels.gemm(...tile(args, part, parts)),
};

/**
 * Multiplication by BLAS, by tiles of C. A library packs its operands for every call, so the tiles are few and large; which of
 * its kernels it takes may depend on a tile's size, and the last bits with that on the number of threads.
 */
const multiply: Division<Parameters<Multiply>> = {
  parts: ([M, N, K], threads) => {
    const products = M * N * K;
    const perThread = products / threads > PLENTIFUL_PRODUCTS ? 2 : 1;
    return share(products / (2 * PRODUCTS), threads, perThread);
  },
  compute: (own, args, part, parts) => own.multiply(...tile(args, part, parts)),
};

/** The arguments that multiply one tile of C. */
function tile(args: Parameters<Multiply>, part: number, parts: number): Parameters<Multiply> {
  const [M, N, K, A, rowA, columnA, B, rowB, columnB, C, rowC, accumulate] = args;
  const { down, across } = grid(M, N, parts);
  // Multiples of the micro kernel's rows and columns.
  const rows = range(M, 6, Math.floor(part / across), down);
  const columns = range(N, LINE, part % across, across);
  return [
    ...[rows.size, columns.size, K],
    ...[A + 4 * rows.at * rowA, rowA, columnA],
    ...[B + 4 * columns.at * columnB, rowB, columnB],
    ...[C + 4 * (rows.at * rowC + columns.at), rowC, accumulate],
  ] as Parameters<Multiply>;
}

/** The number of tiles down and across for which the tiles together read least of A and B. */
function grid(M: number, N: number, parts: number): { down: number; across: number } {
  let best = { down: parts, across: 1 };
  for (let across = 2; across <= parts; across++) {
    if (parts % across !== 0) continue;
    const down = parts / across;
    if (across * M + down * N < best.across * M + best.down * N) best = { down, across };
  }
  return best;
}

/** Every kernel whose work is shared, by name; a task names one of them by its place here. */
export const divisions = {
  add,
  scale,
  addBias,
  sumRows,
  dropout,
  fillZero,
  sumsOfSquares,
  gatherRows,
  scatterAddRows,
  rmsNormForward,
  rmsNormBackwardInput,
  rmsNormBackwardWeight,
  rope,
  swigluForward: gatedForward("swigluForward"),
  swigluBackward: gatedBackward("swigluBackward"),
  gegluForward: gatedForward("gegluForward"),
  gegluBackward: gatedBackward("gegluBackward"),
  attentionForward,
  attentionBackward,
  attentionWithPast,
  fewRowsTimesTransposed,
  crossEntropyForward,
  crossEntropyBackward,
  adamw,
  gemm,
  multiply,
  widenBfloat16,
};

export type Divisions = typeof divisions;
export type DivisionName = keyof Divisions;
export type DivisionArgs<Name extends DivisionName> = Parameters<Divisions[Name]["compute"]>[1];

/** Whole parts out of `amount` (in units worth a thread's while), a few per thread at most. */
function share(amount: number, threads: number, perThread = PARTS_PER_THREAD): number {
  if (threads === 1) return 1;
  return Math.max(1, Math.min(Math.floor(amount), perThread * threads));
}

function lines(floats: number): number {
  return Math.ceil(floats / LINE);
}

/** The `part`th of `parts` even ranges of `count` items; borders lie at multiples of `multiple`. */
function range(count: number, multiple: number, part: number, parts: number): { at: number; size: number } {
  const units = Math.ceil(count / multiple);
  const at = Math.floor((units * part) / parts) * multiple;
  const end = Math.min(count, Math.floor((units * (part + 1)) / parts) * multiple);
  return { at, size: end - at };
}
