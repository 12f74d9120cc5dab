/**
 * The host's side of the local socket. Clients are strangers until they show the token that only readers of `host.json`
 * (mode 0600) know; then they may ask the run to stop, and hear its progress.
 */
import { timingSafeEqual } from "node:crypto";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import {
  createMessageConnection,
  ErrorCodes,
  type Message,
  type MessageConnection,
  ResponseError,
  SocketMessageReader,
  SocketMessageWriter,
} from "vscode-jsonrpc/node";
import {
  HOST_PROTOCOL_VERSION,
  hostMethods,
  type InitializeResult,
  initializeParamsSchema,
  type ProgressParams,
} from "../../contracts/host-protocol";
import type { HostDiscovery } from "../../contracts/run-folder";

const PROGRESS_MILLISECONDS = 250;

/** How long the end of a run waits for its clients to take their last messages. */
const CLOSING_MILLISECONDS = 500;

/** Bytes that a client may leave unread before its progress messages are dropped. */
const SLOW_CLIENT_BYTES = 64 * 1024;

export interface HostServerOptions {
  runId: string;
  token: string;
  progress(): ProgressParams;
  stop(client: string): void;
}

/** Remembers its last message, so that a connection is not ended before what was answered on it has gone out. */
class FlushableWriter extends SocketMessageWriter {
  flushed: Promise<void> = Promise.resolve();

  override write(message: Message): Promise<void> {
    this.flushed = super.write(message);
    return this.flushed;
  }
}

interface Client {
  socket: net.Socket;
  writer: FlushableWriter;
  connection: MessageConnection;
  /** As it named itself; null before a right token was shown. */
  name: string | null;
}

export class HostServer {
  private readonly clients = new Set<Client>();
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly server: net.Server,
    readonly address: SocketAddress,
    private readonly options: HostServerOptions,
  ) {
    server.on("connection", (socket) => this.welcome(socket));
    this.timer = setInterval(() => this.sendProgress(), PROGRESS_MILLISECONDS);
  }

  static async listen(options: HostServerOptions): Promise<HostServer> {
    const address = chooseAddress(options.runId);
    const server = net.createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(address.path, resolve);
    });
    return new HostServer(server, address, options);
  }

  /** Tells the clients that `events.jsonl` has grown. */
  announceEvents(lastSeq: number): void {
    for (const client of this.clients) this.notify(client, hostMethods.events, { lastSeq });
  }

  /** Resolves when every client has what was sent to it, or does not take it. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.server.close();
    await Promise.race([Promise.all([...this.clients].map(hangUp)), delay(CLOSING_MILLISECONDS)]);
    for (const { connection, socket } of this.clients) {
      connection.dispose();
      socket.destroy();
    }
    if (this.address.folder !== null) fs.rmSync(this.address.folder, { recursive: true, force: true });
  }

  private welcome(socket: net.Socket): void {
    const writer = new FlushableWriter(socket);
    const connection = createMessageConnection(new SocketMessageReader(socket), writer);
    const client: Client = { socket, writer, connection, name: null };
    this.clients.add(client);
    // A client that vanishes in the middle of a message is no event for the run.
    connection.onError(() => {});
    socket.on("error", () => {});
    socket.once("close", () => {
      this.clients.delete(client);
      connection.dispose();
    });
    connection.onRequest(hostMethods.initialize, (params: unknown) => this.initialize(client, params));
    connection.onRequest(hostMethods.stop, () => this.stop(client));
    connection.listen();
  }

  private initialize(client: Client, params: unknown): InitializeResult {
    const parsed = v.safeParse(initializeParamsSchema, params);
    if (!parsed.success) {
      return this.refuse(
        client,
        ErrorCodes.InvalidParams,
        "initialize: not the parameters of this protocol.",
      );
    }
    if (parsed.output.protocol !== HOST_PROTOCOL_VERSION) {
      return this.refuse(
        client,
        ErrorCodes.InvalidParams,
        `The host speaks version ${HOST_PROTOCOL_VERSION} of the protocol.`,
      );
    }
    if (!isSameToken(parsed.output.token, this.options.token)) {
      return this.refuse(client, ErrorCodes.InvalidRequest, "initialize: wrong token.");
    }
    client.name = parsed.output.client;
    return { protocol: HOST_PROTOCOL_VERSION, runId: this.options.runId, pid: process.pid };
  }

  private stop(client: Client): null {
    if (client.name === null)
      return this.refuse(client, ErrorCodes.InvalidRequest, "initialize comes first.");
    this.options.stop(client.name);
    return null;
  }

  /** Answers with an error, then hangs up: what has no right token gets no second guess on the same connection. */
  private refuse(client: Client, code: number, message: string): never {
    setImmediate(() => hangUp(client));
    throw new ResponseError(code, message);
  }

  private sendProgress(): void {
    if (this.clients.size === 0) return;
    const progress = this.options.progress();
    for (const client of this.clients) {
      if (client.socket.writableLength < SLOW_CLIENT_BYTES)
        this.notify(client, hostMethods.progress, progress);
    }
  }

  private notify(client: Client, method: string, params: object): void {
    if (client.name === null || client.socket.destroyed) return;
    client.connection.sendNotification(method, params).catch(() => {});
  }
}

async function hangUp({ socket, writer }: Client): Promise<void> {
  await writer.flushed.catch(() => {});
  if (socket.destroyed) return;
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.end();
  });
}

interface SocketAddress {
  path: string;
  /** The socket's private folder; null for a named pipe. */
  folder: string | null;
}

const SOCKET_FOLDER = "mos-host-";
const SOCKET_NAME = "host.sock";

/** The kernel's limit is 104 bytes on macOS and 108 on Linux, so the run folder itself cannot hold the socket. */
const LONGEST_SOCKET_PATH = 100;

function chooseAddress(runId: string): SocketAddress {
  if (process.platform === "win32") return { path: `\\\\.\\pipe\\mos-${process.pid}-${runId}`, folder: null };
  // mkdtemp makes the folder with mode 0700: nobody else can connect, or put a socket of his own in its place.
  const example = path.join(os.tmpdir(), `${SOCKET_FOLDER}XXXXXX`, SOCKET_NAME);
  const parent = Buffer.byteLength(example) < LONGEST_SOCKET_PATH ? os.tmpdir() : "/tmp";
  const folder = fs.mkdtempSync(path.join(parent, SOCKET_FOLDER));
  return { path: path.join(folder, SOCKET_NAME), folder };
}

/** Clears away the socket that a killed host of the same run has left, if there is one. */
export function removeSocketOf(discovery: HostDiscovery | null): void {
  if (discovery === null || process.platform === "win32") return;
  const folder = path.dirname(discovery.socket);
  const isOurs =
    path.basename(discovery.socket) === SOCKET_NAME && path.basename(folder).startsWith(SOCKET_FOLDER);
  if (isOurs && discovery.host === os.hostname()) fs.rmSync(folder, { recursive: true, force: true });
}

function isSameToken(shown: string, token: string): boolean {
  const a = Buffer.from(shown);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}
