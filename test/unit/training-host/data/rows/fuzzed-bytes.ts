import { Random } from "../../../../../training-host/random";

const telling = [
  0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x22, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d, 0x5c, 0xef, 0xfe,
];

/** Endless mutations of some seeds, the same ones every time. */
export function* mutations(seeds: readonly Uint8Array[], name: string): Generator<Buffer> {
  const random = new Random(20240611, name);
  const below = (count: number) => Math.floor(random.next() * count);
  for (;;) {
    let bytes: Buffer = Buffer.from(seeds[below(seeds.length)]!);
    for (let times = 1 + below(6); times > 0; times--) bytes = mutated(bytes, below);
    yield bytes;
  }
}

function mutated(bytes: Buffer, below: (count: number) => number): Buffer {
  // The end of a Parquet file holds all that points elsewhere.
  const at = below(3) === 0 ? Math.max(0, bytes.length - 1 - below(800)) : below(bytes.length);
  const length = below(16);
  switch (below(7)) {
    case 0:
      return changed(bytes, at, below(256));
    case 1:
      return changed(bytes, at, telling[below(telling.length)]!);
    case 2:
      return changed(bytes, at, (bytes[at] ?? 0) ^ (1 << below(8)));
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 5: {
      const from = below(bytes.length);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + length), bytes.subarray(at)]);
    }
    default:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.alloc(1 + below(5), telling[below(telling.length)]!),
        bytes.subarray(at + below(5)),
      ]);
  }
}

function changed(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  if (at < copy.length) copy[at] = value;
  return copy;
}
