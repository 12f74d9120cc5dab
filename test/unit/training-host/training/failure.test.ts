import { expect, test } from "vitest";
import { UserError } from "../../../../contracts/user-error";
import { describeFailure } from "../../../../training-host/training/failure";

test("what speaks to the user already is passed on", () => {
  const error = new UserError("file-missing", "There is no data file.", "Make one.");
  expect(describeFailure(error)).toEqual({ message: "There is no data file.", advice: "Make one." });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test.each([
  ["an array too long for any machine", () => new Float32Array(2 ** 52)],
  ["a WebAssembly memory that cannot grow", () => new WebAssembly.Memory({ initial: 1, maximum: 1 }).grow(1)],
])("%s is want of memory, with advice", (_, work) => {
  expect(describeFailure(thrownBy(work)).message).toBe("The training host ran out of memory.");
});

test("anything else is the product's fault, said in one sentence without a stack", () => {
  const { message, advice } = describeFailure(thrownBy(() => (undefined as unknown as { x: number }).x));
  expect(message).toMatch(/^The training host broke: Cannot read properties of undefined.*\.$/);
  expect(message).not.toContain("\n");
  expect(advice).toContain("report");
});
