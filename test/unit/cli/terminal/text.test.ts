import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bar, track } from "../../../../cli/terminal/bar";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatLoss,
  formatPercent,
} from "../../../../cli/terminal/numbers";
import { sparkline } from "../../../../cli/terminal/sparkline";
import { chooseStyle, colourStyle, plainStyle } from "../../../../cli/terminal/style";
import { markdownTable, table } from "../../../../cli/terminal/table";
import { padEnd, padStart, textWidth, truncate, wrap } from "../../../../cli/terminal/text-width";

describe("text width", () => {
  it("counts columns, not characters", () => {
    expect(textWidth("mixture")).toBe(7);
    expect(textWidth(colourStyle.bad("mixture"))).toBe(7);
    expect(textWidth("数学")).toBe(4);
    expect(textWidth("e\u0301")).toBe(1);
    expect(padEnd("数", 4)).toBe("数  ");
    expect(padStart(colourStyle.good("7"), 3)).toBe(`  ${colourStyle.good("7")}`);
  });

  it("cuts with an ellipsis and ends colours", () => {
    expect(truncate("mixture", 7)).toBe("mixture");
    expect(truncate("mixture", 4)).toBe("mix…");
    expect(truncate("数学数学", 4)).toBe("数…");
    expect(truncate(`a${colourStyle.bad("bcd")}`, 3)).toBe("a\u001b[31mb…\u001b[0m");
    expect(truncate("mixture", 0)).toBe("");
  });

  it("wraps at spaces, later lines indented", () => {
    expect(wrap("the loss of step seven is not a number", 14, "  ")).toEqual([
      "the loss of",
      "  step seven",
      "  is not a",
      "  number",
    ]);
    expect(wrap("unbreakable", 4)).toEqual(["unbreakable"]);
    expect(wrap("as long as it is", Number.POSITIVE_INFINITY)).toEqual(["as long as it is"]);
  });

  it("never exceeds the width it was cut to (property)", () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom("a", "数", "é", " "),
        fc.constantFrom("x", "yz").map((text) => colourStyle.dataset(2, text)),
      ),
    );
    fc.assert(
      fc.property(pieces, fc.integer({ min: 0, max: 20 }), (parts, width) => {
        expect(textWidth(truncate(parts.join(""), width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("bars and sparklines", () => {
  it("are drawn to an eighth of a column", () => {
    expect(bar(0, 4)).toBe("    ");
    expect(bar(1, 4)).toBe("████");
    expect(bar(0.5, 3)).toBe("█▌ ");
    expect(bar(2, 2)).toBe("██");
    expect(track(0.5, 6)).toBe("━━━───");
  });

  it("show the shape of values, averaged to the width, on a given scale or their own", () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe("▁▂▃▄▅▆▇█");
    expect(sparkline([0, 0, 8, 8], 2)).toBe("▁█");
    expect(sparkline([5, 5], 4)).toBe("▅▅");
    expect(sparkline([0.25, 0.25], 4, [0, 0.5])).toBe("▅▅");
    expect(sparkline([], 4)).toBe("");
  });
});

describe("numbers", () => {
  it("are written the same everywhere", () => {
    expect([0.04, 9.94, 9.96, 65, 3600 * 2 + 7 * 60, 3600 * 76].map(formatDuration)).toEqual([
      "0.0s",
      "9.9s",
      "10s",
      "1m 05s",
      "2h 07m",
      "3d 04h",
    ]);
    expect(formatDuration(3599.9)).toBe("1h 00m");
    expect(formatLoss(0.25071)).toBe("0.2507");
    expect(formatLoss(null)).toBe("-");
    expect(formatPercent(0.245)).toBe("25%");
    expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
    expect([512, 2048, 3.5 * 2 ** 30].map(formatBytes)).toEqual(["512 B", "2.0 KiB", "3.5 GiB"]);
  });
});

describe("tables", () => {
  const columns = [
    { title: "run", align: "left" as const },
    { title: "loss", align: "right" as const },
  ];

  it("align their columns, colours and wide characters included", () => {
    const rows = [
      [colourStyle.bold("数学"), "0.5"],
      ["uniform", "12.25"],
    ];
    expect(table(columns, rows)).toEqual([
      "run       loss",
      `${colourStyle.bold("数学")}       0.5`,
      "uniform  12.25",
    ]);
  });

  it("escape what would end a Markdown cell", () => {
    expect(markdownTable(columns, [["a|b", "1"]])).toEqual([
      "| run | loss |",
      "| --- | ---: |",
      "| a\\|b | 1 |",
    ]);
  });
});

describe("colour", () => {
  it("is for terminals, and NO_COLOR turns it off", () => {
    expect(chooseStyle(true, {})).toBe(colourStyle);
    expect(chooseStyle(true, { NO_COLOR: "1" })).toBe(plainStyle);
    expect(chooseStyle(true, { NO_COLOR: "" })).toBe(colourStyle);
    expect(chooseStyle(true, { TERM: "dumb" })).toBe(plainStyle);
    expect(chooseStyle(false, {})).toBe(plainStyle);
  });
});
