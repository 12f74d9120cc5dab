/**
 * A server that speaks the Hub's API as `@huggingface/hub` and Python's huggingface_hub use it: what a revision stands for, the
 * list of files, and the files themselves, of which the large ones lie on a "CDN" at another port, behind a redirect. A test can
 * let any request go wrong, and sees what was asked for.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { text } from "node:stream/consumers";

export interface HubRequest {
  host: "hub" | "cdn";
  method: string;
  /** Path with its query, decoded. */
  url: string;
  headers: http.IncomingHttpHeaders;
  /** Bytes of content that were written for it. */
  sent: number;
}

/** What happens to a request instead of, or on top of, the usual. */
export interface Fault {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** The connection is cut when so many bytes of the content have reached the client's disk (see `cache`). */
  cutAfter?: number;
  /** The answer begins and then nothing comes. */
  stallAfter?: number;
  /** The content comes in three pieces; between them this is awaited, with the bytes that have reached the client's disk. */
  betweenPieces?: () => Promise<void>;
  /** One byte of the content is another. */
  damage?: boolean;
  /** Range is ignored, as some proxies do. */
  wholeFile?: boolean;
  /** Appended to the content. */
  more?: number;
}

type Kind = "model" | "dataset";
type Files = Readonly<Record<string, string | Buffer>>;

interface Repository {
  commits: Map<string, Map<string, Buffer>>;
  refs: Map<string, string>;
  /** Changes an entry of the list of files before it is sent. */
  entry: (entry: Record<string, unknown>) => Record<string, unknown>;
  gated: boolean;
}

/** Larger ones, and those of these kinds, are kept on the CDN, named by SHA-256. */
const LARGE_BYTES = 100_000;
const largeKinds = /\.(safetensors|parquet|gz|zst|bin)$/;

export class HubServer {
  readonly requests: HubRequest[] = [];
  private readonly repositories = new Map<string, Repository>();
  private faults: { pattern: RegExp; fault: Fault; times: number }[] = [];
  /** null: nobody needs one. */
  token: string | null = null;
  /**
   * The client's cache. What is on its way when a connection is cut may be lost, or not: so a cut waits for the bytes that were
   * sent to arrive there.
   */
  cache: string | null = null;
  /** Entries in one page of the list of files. */
  pageSize = 1000;

  private constructor(
    private readonly hub: http.Server,
    private readonly cdn: http.Server,
  ) {}

  static async start(): Promise<HubServer> {
    const [hub, cdn] = [http.createServer(), http.createServer()];
    const server = new HubServer(hub, cdn);
    hub.on("request", (request, response) => server.answer("hub", request, response));
    cdn.on("request", (request, response) => server.answer("cdn", request, response));
    await Promise.all(
      [hub, cdn].map((one) => new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve))),
    );
    return server;
  }

  async stop(): Promise<void> {
    for (const one of [this.hub, this.cdn]) {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
  }

  get endpoint(): string {
    return addressOf(this.hub);
  }

  get storage(): string {
    return addressOf(this.cdn);
  }

  /** Puts files at the head of a branch; returns the commit. */
  push(kind: Kind, name: string, files: Files, branch = "main"): string {
    const key = `${kind}s/${name}`;
    const repository: Repository = this.repositories.get(key) ?? {
      commits: new Map(),
      refs: new Map(),
      entry: (entry) => entry,
      gated: false,
    };
    this.repositories.set(key, repository);
    const contents = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
    const names = [...contents].map(([path, content]) => `${path} ${gitHash(content)}`);
    const commit = createHash("sha1")
      .update(`${key} ${repository.commits.size} ${names.join()}`)
      .digest("hex");
    repository.commits.set(commit, contents);
    repository.refs.set(branch, commit);
    return commit;
  }

  repository(kind: Kind, name: string): Repository {
    return this.repositories.get(`${kind}s/${name}`)!;
  }

  /** The next `times` requests whose `<host> <method> <url>` fits go wrong. */
  fail(pattern: RegExp, fault: Fault, times = 1): void {
    this.faults.push({ pattern, fault, times });
  }

  /** What was asked for, as `<host> <method> <url>`, that fits. */
  asked(pattern: RegExp): HubRequest[] {
    return this.requests.filter((request) => pattern.test(lineOf(request)));
  }

  private answer(
    host: HubRequest["host"],
    message: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    const url = decodeURIComponent(message.url!);
    const request = { host, method: message.method!, url, headers: message.headers, sent: 0 };
    this.requests.push(request);
    const fault = this.takeFault(request);
    if (fault.status !== undefined) {
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    if (host === "cdn") this.answerBlob(request, response, fault);
    else void text(message).then((body) => this.answerHub(message.url!, body, request, response, fault));
  }

  private takeFault(request: HubRequest): Fault {
    const index = this.faults.findIndex(({ pattern }) => pattern.test(lineOf(request)));
    const found = this.faults[index];
    if (found === undefined) return {};
    if (--found.times === 0) this.faults.splice(index, 1);
    return found.fault;
  }

  private answerHub(
    raw: string,
    body: string,
    request: HubRequest,
    response: http.ServerResponse,
    fault: Fault,
  ): unknown {
    const { pathname, searchParams } = new URL(raw, this.endpoint);
    const api =
      /^\/api\/(models|datasets)\/([^/]+\/[^/]+)(?:\/(revision|tree|paths-info)\/([^/]+)(?:\/(.+))?)?$/.exec(
        pathname,
      );
    const file = /^\/(datasets\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
    const key = api ? `${api[1]}/${api[2]}` : `${file?.[1] ? "datasets" : "models"}/${file?.[2]}`;
    if (!api && !file) return refuse(response, 404, "", `Not a page of this server: ${pathname}`);
    const repository = this.repositories.get(key);
    const { authorization } = request.headers;
    if (authorization !== undefined && authorization !== `Bearer ${this.token}`) {
      return refuse(response, 401, "", "Invalid credentials in Authorization header");
    }
    const isAnonymous = this.token !== null && authorization === undefined;
    if (repository === undefined || (isAnonymous && !repository.gated)) {
      return refuse(response, authorization ? 404 : 401, "RepoNotFound", "Repository not found");
    }
    const written = decodeURIComponent(api?.[4] ?? file?.[3] ?? "main");
    const commit = repository.commits.has(written) ? written : repository.refs.get(written);
    if (commit === undefined) return refuse(response, 404, "RevisionNotFound", `Invalid rev id: ${written}`);
    if (repository.gated && api?.[3] !== "revision") {
      const said = `Access to ${key} is restricted and you are not in the authorized list.`;
      return refuse(response, isAnonymous ? 401 : 403, "GatedRepo", said);
    }
    const files = repository.commits.get(commit)!;
    if (file) return this.answerFile(decodeURIComponent(file[4]!), commit, files, request, response, fault);
    if (api![3] === "tree") {
      const below = decodeURIComponent(api![5] ?? "");
      return this.answerTree(entriesBelow(repository, files, below), searchParams, pathname, response);
    }
    if (api![3] === "paths-info") {
      const { paths } = JSON.parse(body) as { paths: string[] };
      const entries = [...new Set(["", ...foldersOf(files.keys())])].flatMap((folder) =>
        entriesBelow(repository, files, folder),
      );
      return json(
        response,
        paths.flatMap((path) => entries.find((entry) => entry.path === path) ?? []),
      );
    }
    const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
    return json(response, {
      _id: commit.slice(0, 24),
      id: api![2],
      sha: commit,
      private: false,
      gated: repository.gated,
      siblings,
    });
  }

  private answerTree(
    below: readonly Record<string, unknown>[],
    query: URLSearchParams,
    pathname: string,
    response: http.ServerResponse,
  ): unknown {
    const isDeep = query.get("recursive")?.toLowerCase() === "true";
    const depth = pathname.split("/tree/")[1]!.split("/").length;
    const entries = below.filter(({ path }) => isDeep || String(path).split("/").length === depth);
    const from = Number(query.get("cursor") ?? 0);
    const to = from + this.pageSize;
    const next = `<${this.endpoint}${pathname}?recursive=${isDeep}&expand=false&cursor=${to}>; rel="next"`;
    return json(response, entries.slice(from, to), to < entries.length ? { link: next } : {});
  }

  private answerFile(
    path: string,
    commit: string,
    files: ReadonlyMap<string, Buffer>,
    request: HubRequest,
    response: http.ServerResponse,
    fault: Fault,
  ): unknown {
    const content = files.get(path);
    response.setHeader("x-repo-commit", commit);
    if (content === undefined) return refuse(response, 404, "EntryNotFound", "Entry not found");
    if (!isLarge(path, content)) {
      response.setHeader("etag", `"${gitHash(content)}"`);
      return this.send(content, gitHash(content), request, response, fault);
    }
    const hash = sha256(content);
    response.writeHead(302, {
      location: `${this.storage}/blobs/${hash}?signature=abc`,
      "x-linked-etag": `"${hash}"`,
      "x-linked-size": String(content.length),
      etag: `"${gitHash(Buffer.from(hash))}"`,
    });
    return response.end();
  }

  private send(
    content: Buffer,
    hash: string,
    request: HubRequest,
    response: http.ServerResponse,
    fault: Fault,
  ): void {
    const whole = Buffer.concat([content, Buffer.alloc(fault.more ?? 0)]);
    if (fault.damage) whole[whole.length >> 1]! ^= 1;
    const from = fault.wholeFile ? null : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const begin = Number(from?.[1] ?? 0);
    response.setHeader("accept-ranges", "bytes");
    for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value);
    if (begin > 0 && begin >= whole.length) {
      response.writeHead(416, { "content-range": `bytes */${whole.length}` }).end();
      return;
    }
    const end = Math.min(whole.length, from?.[2] ? Number(from[2]) + 1 : whole.length);
    const body = whole.subarray(begin, end);
    const range = from ? { "content-range": `bytes ${begin}-${end - 1}/${whole.length}` } : {};
    response.writeHead(from ? 206 : 200, { ...range, "content-length": String(body.length) });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const part = body.subarray(0, fault.cutAfter ?? fault.stallAfter);
    request.sent = part.length;
    if (fault.betweenPieces) void this.sendPieces(hash, part, response, fault.betweenPieces);
    else if (fault.stallAfter !== undefined) response.write(part);
    else if (fault.cutAfter === undefined) response.end(part);
    else {
      response.write(part);
      this.cutWhenStored(hash, begin + part.length, response);
    }
  }

  private async sendPieces(
    hash: string,
    content: Buffer,
    response: http.ServerResponse,
    between: () => Promise<void>,
  ): Promise<void> {
    const third = Math.ceil(content.length / 3);
    for (let at = 0; at < content.length; at += third) {
      response.write(content.subarray(at, at + third));
      const stored = Math.min(content.length, at + third);
      while (stored < content.length && bytesStored(this.cache!, hash) < stored)
        await new Promise((resolve) => setImmediate(resolve));
      if (stored < content.length) await between();
    }
    response.end();
  }

  private cutWhenStored(hash: string, bytes: number, response: http.ServerResponse): void {
    const poll = setInterval(() => {
      if (this.cache !== null && bytesStored(this.cache, hash) < bytes && !response.destroyed) return;
      clearInterval(poll);
      response.destroy();
    }, 2);
  }

  private answerBlob(request: HubRequest, response: http.ServerResponse, fault: Fault): unknown {
    const hash = /^\/blobs\/([0-9a-f]{64})/.exec(request.url)?.[1];
    for (const { commits } of this.repositories.values()) {
      for (const files of commits.values()) {
        for (const content of files.values()) {
          if (sha256(content) !== hash) continue;
          response.setHeader("etag", `"${hash}"`);
          return this.send(content, hash, request, response, fault);
        }
      }
    }
    return response.writeHead(404).end();
  }
}

function bytesStored(cache: string, hash: string): number {
  const repositories = fs.existsSync(cache) ? fs.readdirSync(cache) : [];
  const sizes = repositories.map((name) => {
    const partial = path.join(cache, name, "blobs", `${hash}.mos.incomplete`);
    return fs.statSync(partial, { throwIfNoEntry: false })?.size ?? 0;
  });
  return Math.max(0, ...sizes);
}

function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/").slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth++) folders.add(parts.slice(0, depth).join("/"));
  }
  return folders;
}

/** All that is in a folder ("": the repository), however deep. */
function entriesBelow({ entry }: Repository, files: ReadonlyMap<string, Buffer>, folder: string) {
  const isBelow = (path: string) => folder === "" || path.startsWith(`${folder}/`);
  const folders = [...foldersOf(files.keys())].filter(isBelow);
  return [
    ...folders.map((path) => ({ type: "directory", oid: "0".repeat(40), size: 0, path })),
    ...[...files].filter(([path]) => isBelow(path)).map(([path, content]) => entry(entryOf(path, content))),
  ] as Record<string, unknown>[];
}

function entryOf(path: string, content: Buffer): Record<string, unknown> {
  if (!isLarge(path, content)) return { type: "file", oid: gitHash(content), size: content.length, path };
  const oid = sha256(content);
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`;
  const lfs = { oid, size: content.length, pointerSize: pointer.length };
  return { type: "file", oid: gitHash(Buffer.from(pointer)), size: content.length, lfs, path };
}

function isLarge(path: string, content: Buffer): boolean {
  return content.length > LARGE_BYTES || largeKinds.test(path);
}

export function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** As `git hash-object` prints it. */
export function gitHash(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

function refuse(response: http.ServerResponse, status: number, code: string, message: string): void {
  const headers = { ...(code === "" ? {} : { "x-error-code": code }), "x-error-message": message };
  response.writeHead(status, { ...headers, "content-type": "application/json" });
  response.end(JSON.stringify({ error: message }));
}

function json(response: http.ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

function addressOf(server: http.Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function lineOf({ host, method, url }: HubRequest): string {
  return `${host} ${method} ${url}`;
}
