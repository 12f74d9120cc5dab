import { expect, test } from "vitest";
import { resolveSteps } from "../../../../training-host/training/duration";

const data = [
  { name: "a", size: 100, dropped: 0, tokens: 1000 },
  { name: "b", size: 300, dropped: 0, tokens: 9000 },
];
const batch = { size: 8, micro: 4, order: "drawn" as const };
const uniform = new Map([
  ["a", 0.5],
  ["b", 0.5],
]);

test("steps are taken as they are", () => {
  expect(resolveSteps({ duration: { steps: 12 }, batch }, data, uniform)).toBe(12);
});

test("epochs are of all the examples together, and a last partial batch is a step", () => {
  expect(resolveSteps({ duration: { epochs: 3 }, batch }, data, uniform)).toBe(150);
  expect(resolveSteps({ duration: { epochs: 0.13 }, batch }, data, uniform)).toBe(7);
  expect(resolveSteps({ duration: { epochs: 0.0001 }, batch }, data, uniform)).toBe(1);
});

test("tokens are counted as the prior draws them", () => {
  // Uniform draws have (10 + 30) / 2 = 20 tokens, a step 160; draws of b alone 240.
  expect(resolveSteps({ duration: { tokens: 16000 }, batch }, data, uniform)).toBe(100);
  expect(resolveSteps({ duration: { tokens: 24001 }, batch }, data, new Map([["b", 1]]))).toBe(101);
  // Examples that are passed over bring no tokens.
  const dropping = [data[0]!, { ...data[1]!, size: 340, dropped: 40 }];
  expect(resolveSteps({ duration: { tokens: 16000 }, batch }, dropping, uniform)).toBe(100);
});
