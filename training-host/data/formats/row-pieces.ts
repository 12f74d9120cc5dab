import type { DatasetFormat } from "../../../contracts/plan";
import { checkRow, describeRowProblem } from "../../../contracts/row-format";
import { UserError } from "../../../contracts/user-error";
import type { Message, Rendering } from "../chat-template";
import type { DatasetRow } from "../rows/dataset-row";
import { alpacaMessages, alpacaPieces } from "./alpaca";
import { chatMessages, chatPieces } from "./chat";
import { columnsMessages, columnsPieces } from "./columns";
import type { Piece } from "./piece";
import { templatePieces } from "./template-pieces";
import { textPieces } from "./text";

/** The text of a row, and which of it is learned. Throws UserError "bad-column" or "bad-row" with the row's place. */
export function rowPieces(
  format: DatasetFormat,
  { value, place }: DatasetRow,
  rendering: Rendering,
): Piece[] {
  const problem = checkRow(format, value);
  if (problem !== null) {
    const reason = problem.column === null ? "bad-row" : "bad-column";
    throw new UserError(reason, `${place}: ${describeRowProblem(problem)}.`);
  }
  const messages = rendering.template === null ? null : messagesAt(place, format, value);
  if (rendering.template === null || messages === null) return plainPieces(format, value);
  return templatePieces(messages, rendering.template, rendering.specialTexts, place);
}

function messagesAt(place: string, format: DatasetFormat, row: unknown): Message[] | null {
  try {
    return messagesOf(format, row);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError("bad-row", `${place}: the row's lists and objects lie too deep in each other.`);
  }
}

// checkRow has made sure that the rows are what the casts say.
function plainPieces(format: DatasetFormat, row: unknown): Piece[] {
  switch (format.kind) {
    case "columns":
      return columnsPieces(format, row as never);
    case "alpaca":
      return alpacaPieces(format, row as never);
    case "chat":
      return chatPieces(format, row as never);
    case "text":
      return textPieces(format, row as never);
  }
}

/** null for plain text, which is no conversation. */
export function messagesOf(format: DatasetFormat, row: unknown): Message[] | null {
  switch (format.kind) {
    case "columns":
      return columnsMessages(format, row as never);
    case "alpaca":
      return alpacaMessages(format, row as never);
    case "chat":
      return chatMessages(format, row as never);
    case "text":
      return null;
  }
}
