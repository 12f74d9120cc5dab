/** What can go wrong between us and the Hub, in the user's words. Each names the repository, and the file where there is one. */
import { UserError } from "../../contracts/user-error";
import type { HubAccess } from "./access";
import { describeRepository, type HubRepository, pageOf } from "./repository";
import { type RepositoryFile, shownName } from "./repository-file";

/** What a request is about. */
export interface Subject {
  readonly repository: HubRepository;
  /** Path of a file; null: the repository itself. */
  readonly file: string | null;
}

export function describeSubject({ repository, file }: Subject): string {
  const described = describeRepository(repository);
  return file === null ? described : `${shownName(file)} of ${described}`;
}

export function unreachable(subject: Subject, access: HubAccess, why: string, cause?: unknown): UserError {
  return new UserError(
    "hub-unreachable",
    `${capitalized(describeSubject(subject))} could not be fetched from ${shownEndpoint(access)}: ${why}.`,
    "Check the network (and HF_ENDPOINT, if it is set). For a machine without network, `mos download` elsewhere fills the cache.",
    { cause },
  );
}

/** For machines without network, and for people who do not want to use it. */
export function missingOffline(
  repository: HubRepository,
  missing: readonly string[],
  cache: string,
): UserError {
  const what =
    missing.length === 0
      ? `${capitalized(describeRepository(repository))} at "${repository.revision}" is not in the cache ${cache}`
      : `${listed(missing)} of ${describeRepository(repository)} at "${repository.revision}" ${missing.length === 1 ? "is" : "are"} not in the cache ${cache}`;
  const revision = repository.revision === "main" ? "" : ` --revision ${repository.revision}`;
  return new UserError(
    "hub-unreachable",
    `${what}, and the Hub is not asked (HF_HUB_OFFLINE).`,
    `With network, \`mos download --${repository.kind} ${repository.name}${revision}\` fetches it.`,
  );
}

export function badToken(subject: Subject, access: HubAccess): UserError {
  return new UserError(
    "hub-refused",
    access.token === null
      ? `${shownEndpoint(access)} refuses ${describeSubject(subject)} to anyone without a token (401): it is private or gated, or there is no such repository.`
      : `${shownEndpoint(access)} does not accept your token for ${describeSubject(subject)} (401): it is wrong, has expired, or the repository is not there.`,
    access.token === null
      ? giveToken
      : `Check the repository's name, and make a new token at ${tokenPage(access)}. ${giveToken}`,
  );
}

export function gated(subject: Subject, access: HubAccess, said: string): UserError {
  const page = pageOf(subject.repository, access.endpoint);
  return new UserError(
    "hub-refused",
    `Access to ${describeSubject(subject)} must be asked for${said === "" ? "" : ` (the Hub says: ${said})`}.`,
    `Ask for it at ${page}${access.token === null ? `, and say who you are: ${uncapitalized(giveToken)}` : ", with the account that your token belongs to."}`,
  );
}

export function forbidden(subject: Subject, access: HubAccess, said: string): UserError {
  return new UserError(
    "hub-refused",
    `${shownEndpoint(access)} forbids ${describeSubject(subject)}${said === "" ? "" : `: ${said}`} (403).`,
    access.token === null
      ? giveToken
      : `Check what your token is allowed to do at ${tokenPage(access)}, and the page ${pageOf(subject.repository, access.endpoint)}.`,
  );
}

export function unusableToken(): UserError {
  return new UserError(
    "hub-refused",
    "The Hugging Face token holds spaces or other characters that cannot be part of a token.",
    giveToken,
  );
}

export function badEndpoint(why: string): UserError {
  return new UserError(
    "hub-unreachable",
    `HF_ENDPOINT ${why}.`,
    "It must be a web address such as https://huggingface.co, or not be set.",
  );
}

export function noRepository({ repository }: Subject, access: HubAccess): UserError {
  const other = repository.kind === "model" ? "dataset" : "model";
  return new UserError(
    "hub-not-found",
    `There is no ${repository.kind} "${repository.name}" at ${shownEndpoint(access)} (404), or it is private.`,
    `Check the name, and that it is a ${repository.kind} and no ${other}${access.token === null ? `; for a private one: ${uncapitalized(giveToken)}` : "."}`,
  );
}

export function noRevision({ repository }: Subject, access: HubAccess): UserError {
  return new UserError(
    "hub-not-found",
    `${capitalized(describeRepository(repository))} has no revision "${repository.revision}" (404).`,
    `Its branches and commits are listed at ${pageOf(repository, access.endpoint)}/tree/main.`,
  );
}

export function noFile(subject: Subject, access: HubAccess): UserError {
  return new UserError(
    "hub-not-found",
    `There is no ${describeSubject(subject)} at "${subject.repository.revision}" (404).`,
    `Its files are listed at ${pageOf(subject.repository, access.endpoint)}/tree/main.`,
  );
}

/** The repository is there but does not hold what is needed. */
export function nothingSuitable(repository: HubRepository, what: string, advice: string): UserError {
  return new UserError("hub-not-found", `${capitalized(describeRepository(repository))} ${what}.`, advice);
}

/** Something that is not as it should be came over the wire, and was not kept. */
export function damaged(subject: Subject, what: string, advice = tryAgain): UserError {
  return new UserError("hub-damaged", `${capitalized(describeSubject(subject))} ${what}.`, advice);
}

export function wrongContent(subject: Subject, { hash }: RepositoryFile, found: string): UserError {
  const kind = hash?.kind === "git" ? "git hash" : "SHA-256";
  return damaged(
    subject,
    `arrived damaged and was removed: its ${kind} is ${found}, and should be ${hash?.hex}`,
  );
}

/** The names of a repository become names on this machine. */
export function hostileName(repository: HubRepository, name: string, problem: string): UserError {
  return new UserError(
    "hub-damaged",
    `${capitalized(describeRepository(repository))} holds a file "${shownName(name)}" that is not fetched: ${problem}.`,
    "Do not use this repository, or ask its owner to rename the file.",
  );
}

export function noSpace(what: string, bytes: number, free: number, folder: string): UserError {
  return new UserError(
    "disk-full",
    `${capitalized(what)} needs ${shownBytes(bytes)} of disk, and ${folder} has ${shownBytes(free)} left.`,
    freeSpace,
  );
}

/** Says in the user's words why the cache could not be written. Errors that already speak to the user pass through. */
export function explainCacheFailure(error: unknown, subject: Subject, folder: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof UserError || typeof code !== "string" || !/^E[A-Z]+$/.test(code)) return error;
  const what = describeSubject(subject);
  if (["ENOSPC", "EDQUOT", "EFBIG"].includes(code)) {
    return new UserError(
      "disk-full",
      `There is no space left in ${folder} for ${what}.`,
      `${freeSpace} What has arrived is kept: the download goes on from there.`,
      { cause: error },
    );
  }
  const why = ["EACCES", "EPERM", "EROFS"].includes(code)
    ? "permission denied or read-only"
    : message.replace(/^E[A-Z]+: /, "");
  return new UserError(
    "folder-unwritable",
    `The cache ${folder} cannot be written for ${what}: ${why}.`,
    "Give write permission, or choose another folder by HF_HUB_CACHE.",
    { cause: error },
  );
}

export function cancelled(subject: Subject): UserError {
  return new UserError(
    "cancelled",
    `The download of ${describeSubject(subject)} was cancelled.`,
    "What has arrived is kept: the next download goes on from there.",
  );
}

const giveToken =
  "Set HF_TOKEN to a token of yours; in VS Code, use the command Mixture of Skills: Set Hugging Face Token.";
const tryAgain = "Try again; if it stays so, tell the repository's owner.";
const freeSpace = "Free some, or choose another folder by HF_HUB_CACHE.";

function tokenPage(access: HubAccess): string {
  return `${access.endpoint}/settings/tokens`;
}

export function shownEndpoint({ endpoint }: HubAccess): string {
  return endpoint.replace(/^https?:\/\//, "");
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(shownName).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more files` : shown;
}

function shownBytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function uncapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
