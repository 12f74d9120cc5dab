import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LiveRegion } from "../../../../cli/terminal/live-region";
import { Screen } from "./screen";

describe("the live region", () => {
  it("redraws in place, below what is printed, and gives the cursor back", () => {
    const screen = new Screen(20, 10);
    const region = new LiveRegion(screen);
    region.show(["a 1", "b 1"]);
    expect(screen.text).toEqual(["a 1", "b 1"]);
    expect(screen.cursorVisible).toBe(false);
    region.print("a warning");
    expect(screen.text).toEqual(["a warning", "a 1", "b 1"]);
    region.show(["a 2"]);
    expect(screen.text).toEqual(["a warning", "a 2"]);
    region.close();
    region.show(["late"]);
    expect(screen.text).toEqual(["a warning", "a 2"]);
    expect(screen.cursorVisible).toBe(true);
  });

  it("writes nothing when nothing changed", () => {
    const screen = new Screen(20, 10);
    const region = new LiveRegion(screen);
    region.show(["same"]);
    const { raw } = screen;
    region.show(["same"]);
    expect(screen.raw).toBe(raw);
  });

  it("never wraps nor moves beyond the screen, and always shows the last frame (property)", () => {
    const frame = fc.array(fc.string({ unit: fc.constantFrom("a", "b", " "), maxLength: 30 }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 8 }), (frames) => {
        const screen = new Screen(12, 6);
        const region = new LiveRegion(screen);
        for (const lines of frames) region.show(lines);
        const expected = frames
          .at(-1)!
          .slice(0, 5)
          .map((line) => (line.length > 12 ? `${line.slice(0, 11)}…` : line).trimEnd());
        while (expected.at(-1) === "") expected.pop();
        expect(screen.text).toEqual(expected);
      }),
    );
  });
});
