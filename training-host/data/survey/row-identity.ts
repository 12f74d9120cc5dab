/** What makes two rows the same: their words. Upper and lower case, white space, column names and roles do not count. */
import { createHash } from "node:crypto";
import type { DatasetConfig, DatasetFormat } from "../../../contracts/plan";
import { messagesOf } from "../formats/row-pieces";

export type Split = NonNullable<DatasetConfig["split"]>;

/** 64 bits of SHA-256: among ten million rows, the chance that two different ones meet is a few millionths. */
export interface RowHash {
  high: number;
  low: number;
}

/** Of a row that fits `format`. */
export function hashRow(format: DatasetFormat, value: unknown): RowHash {
  const digest = createHash("sha256").update(wordsOf(format, value)).digest();
  return { high: digest.readUInt32LE(0), low: digest.readUInt32LE(4) };
}

/** Of all turns, so that a question and its answer are the same row in whatever format they are written. */
function wordsOf(format: DatasetFormat, value: unknown): string {
  const messages = messagesOf(format, value);
  const texts =
    messages === null && format.kind === "text"
      ? [(value as Record<string, string>)[format.column]!]
      : (messages ?? []).map(({ content }) => content);
  return texts.map(normalise).join("\n");
}

function normalise(text: string): string {
  return text.toLowerCase().replace(/\s+/g, " ").trim();
}

/**
 * Which share of the data a row belongs to; it follows from the seed and the row's words alone, so that no other row's coming,
 * going or moving changes it, and equal rows are always on the same side. The shares are taken from both ends: with another
 * share for training, the held-out rows stay.
 */
export function sideOf({ high, low }: RowHash, split: Split): "train" | "dev" | "neither" {
  const digest = createHash("sha256").update(`${split.seed}/${high}/${low}`).digest();
  const at = digest.readUIntLE(0, 6) / 2 ** 48;
  if (at >= 1 - split.dev) return "dev";
  return at < split.train ? "train" : "neither";
}
