/** What may name a repository of the Hugging Face Hub and a state of it: the same rule where a file is written and where it is fetched. */

const MOST_NAME_CHARACTERS = 96;

/**
 * `organisation/name`; a few old repositories have no organisation. The Hub's own rules (huggingface_hub, `validate_repo_id`).
 * Names become folders, so nothing else may pass.
 */
export function isRepositoryName(name: string): boolean {
  return (
    name.length <= MOST_NAME_CHARACTERS &&
    /^[\w.-]+(\/[\w.-]+)?$/.test(name) &&
    !/--|\.\.|\.git$/.test(name) &&
    name.split("/").every((part) => !/^[-.]|[-.]$/.test(part))
  );
}

/** A branch, a tag or a commit. */
export function isRevision(revision: string): boolean {
  return (
    revision.length <= 255 &&
    /^[\w][\w./@+-]*$/.test(revision) &&
    revision.split("/").every((part) => part !== "" && part !== "." && part !== "..")
  );
}

/** A whole commit names the same files for ever. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
