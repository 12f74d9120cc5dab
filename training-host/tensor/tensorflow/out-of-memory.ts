/** What TensorFlow says when memory runs out, as ours. */
import { UserError } from "../../../contracts/user-error";

/** The addon's message begins with the code of TensorFlow's C API: TF_RESOURCE_EXHAUSTED. */
const EXHAUSTED = /^Invalid TF_Status: 8\b/;

/** A UserError "out-of-memory" where that is what `error` of the addon means; else the error itself. */
export function explainTensorflowError(error: unknown): unknown {
  if (!(error instanceof Error) || !EXHAUSTED.test(error.message)) return error;
  const where = /device:GPU/.test(error.message) ? "on the GPU" : "in the machine's memory";
  const shape = /shape\[([\d,]+)\]/.exec(error.message)?.[1]?.split(",").map(Number);
  return new UserError(
    "out-of-memory",
    `Out of memory: TensorFlow has no room ${where}${shape ? ` for ${sizeText(shape)} more` : ""}.`,
    "Use a smaller train.batch.micro, a smaller train.length or a smaller model.",
    { cause: error },
  );
}

function sizeText(shape: readonly number[]): string {
  const bytes = 4 * shape.reduce((product, extent) => product * extent, 1);
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
