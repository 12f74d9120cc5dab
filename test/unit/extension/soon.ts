import { vi } from "vitest";

/** Waits until `assert` no longer throws; long enough for a busy machine. */
export function soon(assert: () => void): Promise<void> {
  return vi.waitFor(assert, { timeout: 30_000, interval: 10 });
}
