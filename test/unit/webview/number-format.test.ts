import { describe, expect, it } from "vitest";
import {
  formatCount,
  formatDifference,
  formatList,
  formatLoss,
  formatNumber,
  formatSeconds,
  formatShare,
  formatShareInText,
} from "../../../webview/number-format";

/** Narrow no-break spaces, written plainly. */
const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("numbers in panels", () => {
  it("writes shares, with one more digit for small ones in sentences", () => {
    expect(plain(formatShare(0.3814))).toBe("38.1 %");
    expect([0.25, 0.0949, 0.0996, 0, 1].map((share) => plain(formatShareInText(share)))).toEqual([
      "25 %",
      "9.5 %",
      "10 %",
      "0 %",
      "100 %",
    ]);
  });

  it("shows a missing number as a dash", () => {
    expect([
      formatShare(null),
      formatLoss(undefined),
      formatNumber(Number.NaN),
      formatDifference(null),
    ]).toEqual(["–", "–", "–", "–"]);
  });

  it("gives differences a real minus, and no sign to what rounds to nothing", () => {
    expect([0.0147, -0.0147, 0.0004, -0.0004].map((x) => formatDifference(x))).toEqual([
      "+0.015",
      "−0.015",
      "±0.000",
      "±0.000",
    ]);
  });

  it("keeps three significant digits at any size", () => {
    expect([0, 0.5, 12.345, 1234.5, 0.0001234, 12345678].map((x) => plain(formatNumber(x)))).toEqual([
      "0",
      "0.500",
      "12.3",
      "1 235",
      "1.23e-4",
      "1.23e+7",
    ]);
    expect(plain(formatCount(869504))).toBe("869 504");
  });

  it("writes times that round up into the next unit", () => {
    expect([0, 0.44, 9.96, 59.4, 59.6, 185, 3599.7, 7800].map((x) => plain(formatSeconds(x)))).toEqual([
      "0.0 s",
      "0.4 s",
      "10 s",
      "59 s",
      "1 min 00 s",
      "3 min 05 s",
      "1 h 00 min",
      "2 h 10 min",
    ]);
  });

  it("joins lists as sentences do", () => {
    expect([formatList([]), formatList(["a"]), formatList(["a", "b", "c"])]).toEqual(["", "a", "a, b and c"]);
  });
});
