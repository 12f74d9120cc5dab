import { describe, expect, it } from "vitest";
import { checkDocument } from "../../../language-server/language/check";
import { parse } from "../../../language-server/language/parser";
import { mistakes } from "./mistake-table";

/** Names that every file may leave unused without a word: the table is about the mistake, not about its frame. */
const frame = /^The (?:model|dataset|constant) `(?:tiny|math|medicine|a|b|other)` is not used\.$/;

describe("one mistake, one message, on the mistake, saying what to do", () => {
  it.each(Object.entries(mistakes))("%s", (_title, { file, code, message, severity = "error" }) => {
    const start = file.indexOf("⟦");
    const end = file.indexOf("⟧") - 1;
    const text = file.replace("⟦", "").replace("⟧", "");
    const checked = checkDocument("/work/file.mos", (path) =>
      path === "/work/file.mos" ? parse(text) : null,
    );
    const found = checked?.diagnostics.filter((diagnostic) => !frame.test(diagnostic.message));
    expect(
      found?.map((diagnostic) => `${diagnostic.severity} ${diagnostic.code}: ${diagnostic.message}`),
    ).toEqual([`${severity} ${code}: ${message}`]);
    expect(text.slice(found?.[0]?.start, found?.[0]?.end)).toBe(text.slice(start, end));
    expect(found?.[0]?.start).toBe(start);
  });

  it("has a large table", () => {
    expect(Object.keys(mistakes).length).toBeGreaterThan(80);
  });
});
