/**
 * A connection to the training host of a run: asks it to stop, hears its progress.
 * It connects once; connecting again after `onClose` is the caller's business.
 */
import * as net from "node:net";
import * as v from "valibot";
import { createMessageConnection, type MessageConnection } from "vscode-jsonrpc/node";
import {
  type EventsParams,
  eventsParamsSchema,
  HOST_PROTOCOL_VERSION,
  hostMethods,
  type InitializeParams,
  type InitializeResult,
  initializeResultSchema,
  type ProgressParams,
  progressParamsSchema,
} from "../contracts/host-protocol";
import type { HostDiscovery } from "../contracts/run-folder";
import { UserError } from "../contracts/user-error";
import { readDiscovery } from "./run-files";

export interface HostClient {
  /** What the host said about itself. */
  readonly host: InitializeResult;
  /** Resolves when the host has taken the request: it finishes the step, writes a checkpoint and ends. Idempotent. */
  stop(): Promise<void>;
  onProgress(listener: (progress: ProgressParams) => void): void;
  /** `events.jsonl` has grown. */
  onEvents(listener: (events: EventsParams) => void): void;
  /** Once, when the host closed the connection or broke it. Not after `dispose`. */
  onClose(listener: () => void): void;
  dispose(): void;
}

/** A host that does not answer within this time counts as lost. One step or one evaluation may keep it busy. */
const ANSWER_SECONDS = 30;

/**
 * @param client Names the client in the host's log: "mos", "vscode".
 * @throws UserError "host-lost" when no host serves this run, or it is of another version.
 */
export async function connectHost(folder: string, client: string): Promise<HostClient> {
  const discovery = readDiscovery(folder);
  if (discovery === null) throw new UserError("host-lost", `No training host is running in ${folder}.`);
  if (discovery.protocol !== HOST_PROTOCOL_VERSION) throw otherVersion(folder, discovery.protocol);
  const socket = await openSocket(discovery, folder);
  const connection = createMessageConnection(socket, socket);
  const listeners = listen(connection, socket);
  try {
    const parameters: InitializeParams = {
      protocol: HOST_PROTOCOL_VERSION,
      token: discovery.token,
      client,
    };
    const answer: unknown = await answered(connection.sendRequest(hostMethods.initialize, parameters));
    const host = v.parse(initializeResultSchema, answer);
    if (host.protocol !== HOST_PROTOCOL_VERSION) throw otherVersion(folder, host.protocol);
    return new SocketHostClient(host, folder, connection, socket, listeners);
  } catch (error) {
    connection.dispose();
    socket.destroy();
    throw error instanceof UserError ? error : lost(folder, error);
  }
}

interface Listeners {
  progress: ((progress: ProgressParams) => void)[];
  events: ((events: EventsParams) => void)[];
  close: (() => void)[];
}

class SocketHostClient implements HostClient {
  constructor(
    readonly host: InitializeResult,
    private readonly folder: string,
    private readonly connection: MessageConnection,
    private readonly socket: net.Socket,
    private readonly listeners: Listeners,
  ) {}

  async stop(): Promise<void> {
    try {
      await answered(this.connection.sendRequest(hostMethods.stop, null));
    } catch (error) {
      // A host that ends at this moment answers no more.
      throw error instanceof UserError ? error : lost(this.folder, error);
    }
  }

  onProgress(listener: (progress: ProgressParams) => void): void {
    this.listeners.progress.push(listener);
  }

  onEvents(listener: (events: EventsParams) => void): void {
    this.listeners.events.push(listener);
  }

  onClose(listener: () => void): void {
    if (this.socket.destroyed) queueMicrotask(listener);
    else this.listeners.close.push(listener);
  }

  dispose(): void {
    this.listeners.close.length = 0;
    this.connection.dispose();
    this.socket.destroy();
  }
}

/** Listens from the beginning, so that nothing the host sends right after `initialize` is lost. Drops what is not valid. */
function listen(connection: MessageConnection, socket: net.Socket): Listeners {
  const listeners: Listeners = { progress: [], events: [], close: [] };
  connection.onNotification(hostMethods.progress, (value: unknown) => {
    const progress = v.safeParse(progressParamsSchema, value);
    if (progress.success) for (const listener of listeners.progress) listener(progress.output);
  });
  connection.onNotification(hostMethods.events, (value: unknown) => {
    const events = v.safeParse(eventsParamsSchema, value);
    if (events.success) for (const listener of listeners.events) listener(events.output);
  });
  // A host that is killed resets the connection; 'close' follows and is what matters.
  connection.onError(() => {});
  socket.on("error", () => {});
  socket.once("close", () => {
    connection.dispose();
    for (const listener of listeners.close.splice(0)) listener();
  });
  connection.listen();
  return listeners;
}

function openSocket(discovery: HostDiscovery, folder: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(discovery.socket);
    socket.once("error", (error) => reject(lost(folder, error)));
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

async function answered<T>(request: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(new UserError("host-lost", `The training host did not answer within ${ANSWER_SECONDS} s.`)),
      ANSWER_SECONDS * 1000,
    );
  });
  try {
    return await Promise.race([request, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function lost(folder: string, cause: unknown): UserError {
  return new UserError(
    "host-lost",
    `The training host of ${folder} cannot be reached: ${(cause as Error).message}.`,
    "If its process is gone, `mos resume` goes on from the last checkpoint.",
    { cause },
  );
}

function otherVersion(folder: string, protocol: number): UserError {
  return new UserError(
    "host-lost",
    `The training host of ${folder} speaks version ${protocol} of the protocol, this product version ${HOST_PROTOCOL_VERSION}.`,
    "Use the version of the product that started the run, or wait until the run has ended.",
  );
}
