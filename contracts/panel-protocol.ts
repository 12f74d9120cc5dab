/**
 * Messages between the extension (and `mos compare --html`) and the panels.
 * The extension sends a complete snapshot when a panel asks (`ready`: first shown, restored, or shown again after being hidden);
 * while a panel is visible it appends the new events. Nothing is buffered for a hidden panel.
 */
import * as v from "valibot";
import { progressParamsSchema } from "./host-protocol";
import { runEventSchema } from "./run-event";
import { runRecordSchema, runStatuses } from "./run-folder";

export const PANEL_PROTOCOL_VERSION = 1;

export const panelRunSchema = v.strictObject({
  record: runRecordSchema,
  status: v.picklist(runStatuses),
  events: v.array(runEventSchema),
});

export const toPanelSchema = v.variant("type", [
  v.strictObject({
    type: v.literal("snapshot"),
    protocol: v.literal(PANEL_PROTOCOL_VERSION),
    /** One run in the run panel, two or more in the comparison. */
    runs: v.array(panelRunSchema),
  }),
  v.strictObject({
    type: v.literal("append"),
    runId: v.string(),
    status: v.picklist(runStatuses),
    events: v.array(runEventSchema),
  }),
  v.strictObject({ type: v.literal("progress"), runId: v.string(), progress: progressParamsSchema }),
]);

export const fromPanelSchema = v.variant("type", [
  v.strictObject({ type: v.literal("ready"), protocol: v.literal(PANEL_PROTOCOL_VERSION) }),
  v.strictObject({ type: v.literal("stop"), runId: v.string() }),
  v.strictObject({ type: v.literal("resume"), runId: v.string() }),
  /** Opens the resolved config of the run, or the `.mos` file it came from. */
  v.strictObject({ type: v.literal("openConfig"), runId: v.string() }),
  v.strictObject({ type: v.literal("openFile"), runId: v.string() }),
  v.strictObject({ type: v.literal("showRun"), runId: v.string() }),
  v.strictObject({ type: v.literal("problem"), message: v.string() }),
]);

export type PanelRun = v.InferOutput<typeof panelRunSchema>;
export type ToPanel = v.InferOutput<typeof toPanelSchema>;
export type FromPanel = v.InferOutput<typeof fromPanelSchema>;
