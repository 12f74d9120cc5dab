/** What the Hub is asked about a repository, through `@huggingface/hub`. */
import { datasetInfo, listFiles, modelInfo } from "@huggingface/hub";
import * as v from "valibot";
import { isCommit } from "../../contracts/hub-name";
import { UserError } from "../../contracts/user-error";
import type { HubConnection } from "./connection";
import { damaged, type Subject } from "./failures";
import type { HubRepository } from "./repository";
import { fileOfEntry, type RepositoryFile, treeEntrySchema } from "./repository-file";

/** More files than any repository may have in its list. The largest data sets have some 100,000. */
const MOST_FILES = 1_000_000;

/** The commit that the revision stands for now. @throws UserError */
export async function askCommit(connection: HubConnection, repository: HubRepository): Promise<string> {
  const { kind, name, revision } = repository;
  const subject = { repository, file: null };
  const request = {
    name,
    revision,
    hubUrl: connection.access.endpoint,
    fetch: connection.fetchFor(subject),
  };
  const info = await understood(subject, () =>
    kind === "model"
      ? modelInfo({ ...request, additionalFields: ["sha"] })
      : datasetInfo({ ...request, additionalFields: ["sha"] }),
  );
  const commit: unknown = info.sha;
  if (typeof commit !== "string" || !isCommit(commit))
    throw damaged(subject, "is described without a commit");
  return commit;
}

/** All files of the repository at a commit. @throws UserError */
export async function askFiles(
  connection: HubConnection,
  repository: HubRepository,
  commit: string,
): Promise<RepositoryFile[]> {
  const subject = { repository, file: null };
  return understood(subject, async () => {
    const files: RepositoryFile[] = [];
    const entries = listFiles({
      repo: { type: repository.kind, name: repository.name },
      revision: commit,
      recursive: true,
      hubUrl: connection.access.endpoint,
      fetch: connection.fetchFor(subject),
    });
    let seen = 0;
    for await (const entry of entries) {
      if (++seen > MOST_FILES) throw damaged(subject, `lists more than ${MOST_FILES} files`);
      const checked = v.safeParse(treeEntrySchema, entry);
      if (!checked.success) throw damaged(subject, "has a list of files that cannot be understood");
      if (checked.output.type === "file") files.push(fileOfEntry(checked.output));
    }
    return files;
  });
}

/** The library trusts what it is sent; what it stumbles over comes from the server. */
async function understood<T>(subject: Subject, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(
      subject,
      "is described by an answer that cannot be understood",
      "Check HF_ENDPOINT and the network: a proxy or a login page may have answered in its place.",
    );
  }
}
