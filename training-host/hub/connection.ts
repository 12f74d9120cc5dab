/**
 * Requests to the Hub. Redirects are followed here and not by `fetch`, because the token belongs to the endpoint alone: a
 * redirect to another host (the Hub's files lie on a CDN) goes without it.
 */
import { DEFAULT_ENDPOINT, type HubAccess } from "./access";
import {
  badEndpoint,
  badToken,
  cancelled,
  damaged,
  forbidden,
  gated,
  noFile,
  noRepository,
  noRevision,
  type Subject,
  unreachable,
  unusableToken,
} from "./failures";
import { type Patience, Retries, retryAfterOf, TransientFailure, usualPatience } from "./retries";

const MOST_REDIRECTS = 10;
const redirects: readonly number[] = [301, 302, 303, 307, 308];
const transient: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** No answer about a repository is larger: a page of its list of files is a fraction of this. */
const MOST_ANSWER_BYTES = 64 * 2 ** 20;

/** An answer whose content is still coming. */
export interface HubAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** @throws TransientFailure when the connection is cut or silent for too long. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Hangs up; must be called. */
  close(): void;
}

export class HubConnection {
  private readonly origin: string;

  /** @throws UserError when the endpoint or the token cannot be used at all. */
  constructor(
    readonly access: HubAccess,
    readonly signal: AbortSignal = new AbortController().signal,
    readonly patience: Patience = usualPatience,
  ) {
    this.origin = endpointUrl(access.endpoint).origin;
    if (access.token !== null && !/^[\x21-\x7e]+$/.test(access.token)) throw unusableToken();
  }

  retries(subject: Subject): Retries {
    return new Retries(this.patience, subject, this.access, this.signal);
  }

  /**
   * The `fetch` that `@huggingface/hub` is given: it tries again, bounds what it reads, and its failures are ours.
   * @throws UserError
   */
  fetchFor(subject: Subject): typeof fetch {
    return async (input, init) => {
      const retries = this.retries(subject);
      const headers = Object.fromEntries(new Headers(init?.headers));
      for (;;) {
        try {
          const answer = await this.open(this.mirrored(String(input)), subject, headers);
          return new Response(await readBounded(answer, subject), { headers: answer.headers });
        } catch (error) {
          if (!(error instanceof TransientFailure)) throw error;
          await retries.failed(error);
        }
      }
    };
  }

  /**
   * One try. The answer is one of success: 200 or 206, or to a request with a Range, 416. HEAD stops at the redirect to the
   * storage, because what is known of the file stands there.
   * @throws UserError for a refusal, TransientFailure for what may be gone at the next try.
   */
  async open(
    address: string,
    subject: Subject,
    headers: Readonly<Record<string, string>> = {},
    method = "GET",
  ): Promise<HubAnswer> {
    let url = new URL(address);
    for (let followed = 0; followed <= MOST_REDIRECTS; followed++) {
      const answer = await this.ask(url, subject, headers, method);
      if ([200, 206, ...("range" in headers ? [416] : [])].includes(answer.status)) return answer;
      if (!redirects.includes(answer.status)) {
        const text = await readBounded(answer, subject).catch(() => Buffer.alloc(0));
        throw url.origin === this.origin
          ? this.failureOf(answer, text, subject)
          : storageFailure(url, answer);
      }
      // Read and not hung up on: the connection serves the next request.
      await readBounded(answer, subject);
      url = this.redirected(url, answer.headers.get("location"), subject);
      if (method === "HEAD" && url.origin !== this.origin) return answer;
    }
    throw unreachable(subject, this.access, `more than ${MOST_REDIRECTS} redirects`);
  }

  private async ask(
    url: URL,
    subject: Subject,
    headers: Readonly<Record<string, string>>,
    method: string,
  ): Promise<HubAnswer> {
    if (this.signal.aborted) throw cancelled(subject);
    const hangUp = new AbortController();
    const stop = () => hangUp.abort();
    const silence = setTimeout(stop, this.patience.stallSeconds * 1000);
    this.signal.addEventListener("abort", stop);
    const close = () => {
      clearTimeout(silence);
      this.signal.removeEventListener("abort", stop);
      stop();
    };
    try {
      const response = await fetch(url, {
        method,
        redirect: "manual",
        signal: hangUp.signal,
        headers: { "user-agent": `mixture-of-skills/${__VERSION__}`, ...headers, ...this.credentials(url) },
      });
      silence.refresh();
      const chunks = this.chunksOf(response, hangUp.signal, silence, subject);
      return { status: response.status, headers: response.headers, chunks, close };
    } catch (error) {
      close();
      throw this.brokenConnection(error, subject);
    }
  }

  private async *chunksOf(
    response: Response,
    hungUp: AbortSignal,
    silence: NodeJS.Timeout,
    subject: Subject,
  ): AsyncGenerator<Uint8Array> {
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    // Node's fetch forgets to end the stream of an aborted request whose Response was garbage-collected: the read would wait
    // for ever.
    const cancel = () => void reader.cancel().catch(() => {});
    hungUp.addEventListener("abort", cancel);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (hungUp.aborted) throw new DOMException("Hung up.", "AbortError");
        if (done) return;
        silence.refresh();
        yield value;
      }
    } catch (error) {
      throw this.brokenConnection(error, subject);
    } finally {
      hungUp.removeEventListener("abort", cancel);
      clearTimeout(silence);
    }
  }

  /** The one place where the token leaves this process. */
  private credentials(url: URL): Record<string, string> {
    const { token } = this.access;
    return token !== null && url.origin === this.origin ? { authorization: `Bearer ${token}` } : {};
  }

  private redirected(from: URL, location: string | null, subject: Subject): URL {
    let to: URL;
    try {
      to = new URL(location ?? "", from);
    } catch {
      throw unreachable(subject, this.access, "it is redirected to what is no address");
    }
    const downgraded = from.protocol === "https:" && to.protocol !== "https:";
    if (downgraded || !/^https?:$/.test(to.protocol) || to.href === from.href || to.username !== "") {
      throw unreachable(
        subject,
        this.access,
        `it is redirected to ${to.protocol}//${to.host}, which is not followed`,
      );
    }
    return to;
  }

  private brokenConnection(error: unknown, subject: Subject): unknown {
    if (this.signal.aborted) return cancelled(subject);
    const { name } = error as Error;
    if (name === "AbortError") {
      return new TransientFailure(`nothing came for ${this.patience.stallSeconds} s`, null, { cause: error });
    }
    const { why, nobodyThere } = describeBreak(error);
    return new TransientFailure(why, null, { cause: error, nobodyThere });
  }

  private failureOf({ status, headers }: HubAnswer, body: Buffer, subject: Subject): Error {
    const code = headers.get("x-error-code");
    const said = this.shown(headers.get("x-error-message") ?? messageOf(body));
    if (transient.includes(status)) {
      return new TransientFailure(`it answers ${status}${said && ` (${said})`}`, retryAfterOf(headers));
    }
    if (code === "GatedRepo" && (status === 401 || status === 403)) return gated(subject, this.access, said);
    if (code === "RepoNotFound" && this.access.token !== null) return noRepository(subject, this.access);
    if (status === 401) return badToken(subject, this.access);
    if (status === 403) return forbidden(subject, this.access, said);
    if (status === 404 || status === 410) {
      if (code === "EntryNotFound" || (code === null && subject.file !== null))
        return noFile(subject, this.access);
      return code === "RevisionNotFound"
        ? noRevision(subject, this.access)
        : noRepository(subject, this.access);
    }
    return unreachable(subject, this.access, `it answers ${status}${said && ` (${said})`}`);
  }

  /** The server's own words: on one line, short, and never the token, should it send that back. */
  private shown(text: string): string {
    const { token } = this.access;
    const line = text.replace(/[\p{C}\s]+/gu, " ").trim();
    const harmless = token === null ? line : line.replaceAll(token, "(token)");
    return harmless.slice(0, 200).replace(/[.!]+$/, "");
  }

  /** A mirror passes on the Hub's own addresses, e.g. of the next page of a list. */
  private mirrored(address: string): string {
    if (!address.startsWith(`${DEFAULT_ENDPOINT}/`)) return address;
    return this.access.endpoint + address.slice(DEFAULT_ENDPOINT.length);
  }
}

function endpointUrl(endpoint: string): URL {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    throw badEndpoint("is no web address");
  }
  if (!/^https?:$/.test(url.protocol)) throw badEndpoint("is no web address");
  if (url.username !== "" || url.password !== "") throw badEndpoint("holds a user name or password");
  return url;
}

/** The Hub's links to its storage hold for an hour or so: the next try gets a fresh one. */
function storageFailure({ host }: URL, { status, headers }: HubAnswer): TransientFailure {
  return new TransientFailure(`its storage ${host} answers ${status}`, retryAfterOf(headers));
}

async function readBounded(answer: HubAnswer, subject: Subject): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.chunks) {
      pieces.push(chunk);
      size += chunk.length;
      if (size > MOST_ANSWER_BYTES) throw damaged(subject, "is described by an answer without end");
    }
  } finally {
    answer.close();
  }
  return Buffer.concat(pieces);
}

/** Errors come as JSON with a sentence in `error`. */
function messageOf(body: Buffer): string {
  try {
    const { error } = JSON.parse(body.toString("utf8")) as { error?: unknown };
    return typeof error === "string" ? error : "";
  } catch {
    return "";
  }
}

/** What system errors mean, and whether they mean that there is nobody at all. */
const reasons: Readonly<Record<string, { why: string; nobodyThere: boolean }>> = {
  ENOTFOUND: { why: "its name is not known to the network", nobodyThere: true },
  EAI_AGAIN: { why: "its name is not known to the network", nobodyThere: true },
  ECONNREFUSED: { why: "nobody answers there", nobodyThere: true },
  ENETUNREACH: { why: "there is no network", nobodyThere: true },
  EHOSTUNREACH: { why: "there is no way to it", nobodyThere: true },
  UND_ERR_CONNECT_TIMEOUT: { why: "nobody answers there", nobodyThere: true },
  ECONNRESET: { why: "the connection was cut", nobodyThere: false },
  UND_ERR_SOCKET: { why: "the connection was cut", nobodyThere: false },
};

/** `fetch` says only that it failed; its cause has a code. */
function describeBreak(error: unknown): { why: string; nobodyThere: boolean } {
  const { cause, message } = error as Error;
  const { code, message: deeper } = (cause ?? {}) as { code?: string; message?: string };
  return reasons[code ?? ""] ?? { why: deeper || message, nobodyThere: false };
}
