import { describe, expect, it } from "vitest";
import { dropoutMask } from "../../../../training-host/tensor/dropout-mask";

const COUNT = 100_000;
const kept = (key: number, rate = 0.3) =>
  dropoutMask(COUNT, { rate, key }).map((value) => (value > 0 ? 1 : 0));

describe("dropout", () => {
  it("drops the share that is asked for, and keeps the expected sum", () => {
    for (const rate of [0, 0.1, 0.5, 0.9]) {
      const mask = dropoutMask(COUNT, { rate, key: 12345 });
      const share = mask.filter((value) => value === 0).length / COUNT;
      expect(Math.abs(share - rate)).toBeLessThan(0.006);
      expect(Math.max(...mask)).toBeCloseTo(1 / (1 - rate), 6);
    }
  });

  it("is the same for the same key, and independent for another, also shifted against it or reordered", () => {
    expect(dropoutMask(COUNT, { rate: 0.3, key: 7 })).toEqual(dropoutMask(COUNT, { rate: 0.3, key: 7 }));
    const first = kept(7);
    for (const key of [8, 9, 7 ^ 64, 7 + 0x9e3779b1]) {
      for (const shift of [0, 1, 2, 64, 57]) {
        const other = kept(key);
        let both = 0;
        for (let i = 0; i + shift < COUNT; i++) both += first[i + shift]! * other[i]!;
        expect(Math.abs(both / COUNT - 0.49), `key ${key}, shift ${shift}`).toBeLessThan(0.01);
      }
    }
  });

  it("does not repeat within a mask", () => {
    const mask = kept(99);
    for (const lag of [1, 2, 4, 16, 512, 4096]) {
      let both = 0;
      for (let i = 0; i + lag < COUNT; i++) both += mask[i]! * mask[i + lag]!;
      expect(Math.abs(both / (COUNT - lag) - 0.49), `lag ${lag}`).toBeLessThan(0.01);
    }
  });
});
