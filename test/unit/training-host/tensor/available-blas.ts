/** The BLAS of the machine that runs the tests: CI has one, and counts what is skipped as failed. */
import { UserError } from "../../../../contracts/user-error";
import { type Blas, openBlas } from "../../../../training-host/tensor/blas/blas";

export const NEEDS_BLAS = "needs OpenBLAS (Debian: libopenblas0-pthread)";

export function availableBlas(): Blas | null {
  try {
    return openBlas();
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
