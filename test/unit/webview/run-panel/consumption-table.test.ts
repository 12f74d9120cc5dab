import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../../contracts/run-event";
import { addEvents, emptyRunView } from "../../../../run-view/run-view";
import { consumptionColumns, consumptionRows } from "../../../../webview/run-panel/consumption-table";
import { sampleRun } from "../../run-folder/sample-run";

const { record, events } = sampleRun();
const names = record.plan.config.data.map(({ name }) => name);

type Facts = Extract<RunEvent, { type: "start" }>["datasets"][number];

/** The run with other facts about its first dataset, and perhaps more events after it. */
function viewWith(facts: Partial<Facts>, more: RunEvent[] = []) {
  const changed = events.map((event) => {
    if (event.type !== "start") return event;
    const [first, ...others] = event.datasets;
    return { ...event, datasets: [{ ...first!, ...facts }, ...others] };
  });
  return addEvents(emptyRunView(record), [...changed, ...more], "running");
}

const tableOf = (view: ReturnType<typeof viewWith>) => {
  const columns = consumptionColumns(view);
  const cells = consumptionRows(view, names)[0]!.cells.map(({ text }) => text.replaceAll("\u202f", " "));
  // The first column is the row's name.
  return Object.fromEntries(columns.slice(1).map((column, index) => [column, cells[index]]));
};

describe("what a dataset has given and not given", () => {
  it("has no column where nothing was cut or left out", () => {
    const columns = consumptionColumns(viewWith({}));
    expect(columns).not.toContain("Cut at the length");
    expect(columns).not.toContain("Rows left out");
  });

  it("counts examples that were cut, with their share, and rows that were left out for whatever reason", () => {
    const table = tableOf(viewWith({ size: 2000, truncated: 500, malformed: 3, duplicates: 4, dropped: 5 }));
    expect(table["Cut at the length"]).toBe("500 (25.0 %)");
    expect(table["Rows left out"]).toBe("12");
  });

  it("is told when the dataset is tokenized to its end, where the start could not wait for it", () => {
    const unknown = { size: 2000, tokens: null, responseTokens: null, truncated: null, dropped: null };
    expect(tableOf(viewWith(unknown))["Cut at the length"]).toBe("not known yet");
    const last = events.at(-1)!;
    const tokenized: RunEvent = {
      ...{ type: "tokenized", seq: last.seq + 1, time: last.time, step: last.step, dataset: names[0]! },
      ...{ tokens: 9000, responseTokens: 4000, truncated: 20, dropped: 7 },
    };
    const table = tableOf(viewWith(unknown, [tokenized]));
    expect(table["Cut at the length"]).toBe("20 (1.0 %)");
    expect(table["Rows left out"]).toBe("7");
  });
});
