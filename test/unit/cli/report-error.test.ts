import { describe, expect, it } from "vitest";
import { reportError, UsageError } from "../../../cli/report-error";
import { plainStyle } from "../../../cli/terminal/style";
import { UserError } from "../../../contracts/user-error";

function report(error: unknown, verbose = false) {
  const lines: string[] = [];
  const output = {
    out: () => {},
    err: (text: string) => lines.push(text),
    outStyle: plainStyle,
    errStyle: plainStyle,
    terminal: null,
    columns: 80,
  };
  return { code: reportError(error, output, verbose), lines };
}

describe("errors", () => {
  it("are one sentence and what to do, without a stack", () => {
    const error = new UserError("bad-row", "data/a.jsonl:3 is not JSON.", "Correct the line.");
    expect(report(error)).toEqual({
      code: 1,
      lines: ["error: data/a.jsonl:3 is not JSON.", "Correct the line."],
    });
    expect(report(error, true).lines.join("\n")).toContain("report-error.test.ts");
  });

  it("have the exit code of their kind", () => {
    expect(report(new UserError("run-not-found", "x")).code).toBe(1);
    expect(report(new UserError("host-lost", "x")).code).toBe(3);
    expect(report(new UserError("cancelled", "x")).code).toBe(130);
    expect(report(new UsageError("x")).code).toBe(2);
  });

  it("that are our own fault say so, without a stack either", () => {
    const { code, lines } = report(new TypeError("x is undefined"));
    expect(code).toBe(3);
    expect(lines).toEqual([
      "error: mos broke: x is undefined",
      "This is a fault of the program; --verbose shows where.",
    ]);
  });
});
