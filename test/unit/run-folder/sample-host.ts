/** A host for tests: the discovery file and the socket of a run, served by the test itself. */
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import * as v from "valibot";
import { createMessageConnection, type MessageConnection, ResponseError } from "vscode-jsonrpc/node";
import {
  HOST_PROTOCOL_VERSION,
  hostMethods,
  initializeParamsSchema,
  type ProgressParams,
} from "../../../contracts/host-protocol";
import { type HostDiscovery, runFolderLayout } from "../../../contracts/run-folder";
import { ownIdentity } from "../../../run-folder/process-identity";

/** Writes `host.json` as this process would. */
export function writeDiscovery(folder: string, changes: Partial<HostDiscovery> = {}): HostDiscovery {
  const discovery: HostDiscovery = {
    protocol: HOST_PROTOCOL_VERSION,
    runId: path.basename(folder),
    ...ownIdentity(),
    socket: path.join(folder, "s"),
    token: "right",
    heartbeat: new Date().toISOString(),
    stopping: false,
    ...changes,
  };
  const file = path.join(folder, runFolderLayout.discovery);
  fs.writeFileSync(`${file}.partial`, JSON.stringify(discovery), { mode: 0o600 });
  fs.renameSync(`${file}.partial`, file);
  return discovery;
}

export class SampleHost {
  stops = 0;
  /** Ends when it is asked to stop, without an answer: as a host whose run ends at that moment. */
  leavesWhenAsked = false;
  readonly clients: string[] = [];
  private readonly connections: MessageConnection[] = [];
  private readonly sockets: net.Socket[] = [];

  private constructor(
    private readonly folder: string,
    private readonly server: net.Server,
  ) {}

  static async serve(folder: string): Promise<SampleHost> {
    const discovery = writeDiscovery(folder);
    const server = net.createServer();
    const host = new SampleHost(folder, server);
    server.on("connection", (socket) => host.accept(socket, discovery));
    await new Promise<void>((resolve) => server.listen(discovery.socket, resolve));
    return host;
  }

  sendProgress(progress: ProgressParams | Record<string, unknown>): void {
    for (const connection of this.connections) {
      void connection.sendNotification(hostMethods.progress, progress);
    }
  }

  /** As a killed host: the connection breaks, the discovery file stays and names a process that is gone. */
  die(): void {
    writeDiscovery(this.folder, { processStart: "1" });
    this.close();
  }

  /** As a host that ended: the discovery file is gone. */
  leave(): void {
    fs.rmSync(path.join(this.folder, runFolderLayout.discovery), { force: true });
    this.close();
  }

  private close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private accept(socket: net.Socket, discovery: HostDiscovery): void {
    this.sockets.push(socket);
    const connection = createMessageConnection(socket, socket);
    connection.onError(() => {});
    connection.onRequest(hostMethods.initialize, (value: unknown) => {
      const { token, client } = v.parse(initializeParamsSchema, value);
      if (token !== discovery.token) return new ResponseError(-32001, "The token is wrong");
      this.clients.push(client);
      this.connections.push(connection);
      return { protocol: HOST_PROTOCOL_VERSION, runId: discovery.runId, pid: discovery.pid };
    });
    connection.onRequest(hostMethods.stop, () => {
      this.stops++;
      if (this.leavesWhenAsked) this.leave();
      return null;
    });
    connection.listen();
  }
}

export const sampleProgress: ProgressParams = {
  phase: "training",
  step: 12,
  steps: 300,
  phaseShare: null,
  loss: 1.25,
  tokensPerSecond: 9000,
  secondsLeft: 41,
  p: { arith: 0.25, convert: 0.25, facts: 0.3, copy: 0.2 },
};
