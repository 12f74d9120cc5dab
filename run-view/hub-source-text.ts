import type { HubSource } from "../contracts/run-event";

/** `org/name at main, commit 1a2b3c4d5e6f`. */
export function hubSourceText({ repository, revision, commit }: HubSource): string {
  const short = commit.slice(0, 12);
  return commit.startsWith(revision)
    ? `${repository} at commit ${short}`
    : `${repository} at ${revision}, commit ${short}`;
}
