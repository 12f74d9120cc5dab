/** A repository of the Hub, and what may be one. */
import { isRepositoryName, isRevision } from "../../contracts/hub-name";
import { UserError } from "../../contracts/user-error";

export type RepositoryKind = "model" | "dataset";

export interface HubRepository {
  readonly kind: RepositoryKind;
  /** `organisation/name`; a few old ones have no organisation. */
  readonly name: string;
  /** Branch, tag or commit, as the user wrote it. */
  readonly revision: string;
}

/** @throws UserError "bad-plan" for what cannot be one. */
export function hubRepository(kind: RepositoryKind, name: string, revision: string): HubRepository {
  if (!isRepositoryName(name)) {
    throw new UserError(
      "bad-plan",
      `"${name}" is no name of a ${kind} on the Hub.`,
      'It must be "organisation/name", of letters, digits, "-", "_" and ".".',
    );
  }
  if (!isRevision(revision)) {
    throw new UserError(
      "bad-plan",
      `"${revision}" is no revision of the ${kind} "${name}".`,
      'It must be a branch, a tag or a commit, such as "main".',
    );
  }
  return { kind, name, revision };
}

/** `the model "org/name"`. */
export function describeRepository({ kind, name }: Pick<HubRepository, "kind" | "name">): string {
  return `the ${kind} "${name}"`;
}

/** Where a person looks at it. */
export function pageOf({ kind, name }: HubRepository, endpoint: string): string {
  return `${endpoint}/${kind === "dataset" ? "datasets/" : ""}${name}`;
}

/** Address of a file's content. The slashes of a revision are part of its name; those of a path are not. */
export function fileAddress(
  { kind, name }: HubRepository,
  commit: string,
  file: string,
  endpoint: string,
): string {
  const escaped = file.split("/").map(encodeURIComponent).join("/");
  return `${pageOf({ kind, name, revision: commit }, endpoint)}/resolve/${encodeURIComponent(commit)}/${escaped}`;
}
