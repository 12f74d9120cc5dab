import { UserError } from "../../contracts/user-error";

/** A failure in the user's words: what the `failure` record says. */
export function describeFailure(error: unknown): { message: string; advice: string } {
  if (error instanceof UserError) return { message: error.message, advice: error.advice };
  if (isOutOfMemory(error)) {
    return {
      message: "The training host ran out of memory.",
      advice:
        "Use a smaller train.batch.micro, train.length or model, or close other programs, and resume the run.",
    };
  }
  const { message } = error as Error;
  return {
    message: `The training host broke: ${message}${/[.!?]$/.test(message) ? "" : "."}`,
    advice: "This is a fault of the product. host.log in the run folder holds the details; please report it.",
  };
}

/** JavaScript has no type for it: a RangeError for buffers (also of impossible lengths), a RuntimeError in WebAssembly. */
export function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === "RangeError" || error.name === "RuntimeError") &&
    /allocation|out of memory|could not (grow|allocate)|memory size exceeded|typed array length: \d{9}/i.test(
      error.message,
    )
  );
}
