/** How long we put up with a network that fails: tries are counted in a row, and begin anew when something arrives. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HubAccess } from "./access";
import { cancelled, type Subject, unreachable } from "./failures";

export interface Patience {
  /** Tries in a row without a byte. */
  readonly tries: number;
  /** Seconds without a byte after which a connection counts as cut. */
  readonly stallSeconds: number;
  /** Ends early, with an error, when `signal` is aborted. */
  wait(seconds: number, signal: AbortSignal): Promise<void>;
}

export const usualPatience: Patience = {
  tries: 5,
  stallSeconds: 30,
  wait: (seconds, signal) => sleep(seconds * 1000, undefined, { signal }),
};

/** Longer than this nobody is asked to wait; the Hub's own limits last five minutes. */
const LONGEST_WAIT_SECONDS = 300;

/** People without network wait for this at every start of a run. */
const TRIES_WITH_NOBODY = 2;

/** A failure that may be gone at the next try. */
export class TransientFailure extends Error {
  constructor(
    /** Completes "could not be fetched: ". */
    readonly why: string,
    /** What the server asks for; null: it does not. */
    readonly retryAfter: number | null = null,
    options?: ErrorOptions & { nobodyThere?: boolean },
  ) {
    super(why, options);
    this.nobodyThere = options?.nobodyThere ?? false;
  }

  /** There is no network, or no such host: hardly a matter of seconds. */
  readonly nobodyThere: boolean;
}

export class Retries {
  private failures = 0;

  constructor(
    private readonly patience: Patience,
    private readonly subject: Subject,
    private readonly access: HubAccess,
    private readonly signal: AbortSignal,
  ) {}

  /** Something arrived. */
  succeeded(): void {
    this.failures = 0;
  }

  /** Waits before the next try. @throws UserError "hub-unreachable" when there were enough, "cancelled". */
  async failed(failure: TransientFailure): Promise<void> {
    const { why, retryAfter } = failure;
    this.failures++;
    const seconds = retryAfter ?? 2 ** (this.failures - 1) / 2;
    const tries = failure.nobodyThere ? TRIES_WITH_NOBODY : this.patience.tries;
    if (this.failures >= tries || seconds > LONGEST_WAIT_SECONDS) {
      const asked = retryAfter === null ? "" : `, and asks to wait ${Math.ceil(retryAfter)} s`;
      throw unreachable(this.subject, this.access, `${why}${asked}`, failure);
    }
    await this.patience.wait(seconds, this.signal).catch(() => {});
    if (this.signal.aborted) throw cancelled(this.subject);
  }
}

/** Seconds, from `Retry-After` (RFC 9110, 10.2.3) or the Hub's `RateLimit: "api";r=0;t=55`. */
export function retryAfterOf(headers: Headers, now: number = Date.now()): number | null {
  const limit = /;\s*r\s*=\s*0\s*;\s*t\s*=\s*(\d+)/.exec(headers.get("ratelimit") ?? "");
  if (limit) return Number(limit[1]);
  const value = headers.get("retry-after")?.trim();
  if (!value) return null;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000);
}
