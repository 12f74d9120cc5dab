import type { Alert } from "./mixture";

/** Checks without the alert after which its return is news. */
const QUIET_CHECKS = 10;

/** Lets an alert through when it is new: it then stays silent until it has been away for QUIET_CHECKS checks. */
export class AlertFilter {
  /** Kind and dataset to the number of checks since it was last seen. */
  #quiet = new Map<string, number>();

  /** `alerts` are all that one check has found. */
  pass(alerts: readonly Alert[]): Alert[] {
    const fresh = alerts.filter((alert) => !this.#quiet.has(keyOf(alert)));
    for (const [key, checks] of this.#quiet) {
      if (checks + 1 >= QUIET_CHECKS) this.#quiet.delete(key);
      else this.#quiet.set(key, checks + 1);
    }
    for (const alert of alerts) this.#quiet.set(keyOf(alert), 0);
    return fresh;
  }

  state(): Record<string, number> {
    return Object.fromEntries(this.#quiet);
  }

  restore(state: Readonly<Record<string, number>>): void {
    this.#quiet = new Map(Object.entries(state));
  }
}

function keyOf({ kind, dataset }: Alert): string {
  return `${kind}/${dataset ?? ""}`;
}
