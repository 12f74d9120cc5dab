/** A live host and its clients: discovery, the token, progress, the lock. */
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createMessageConnection, type MessageConnection } from "vscode-jsonrpc/node";
import {
  HOST_PROTOCOL_VERSION,
  hostMethods,
  type ProgressParams,
  progressParamsSchema,
} from "../../contracts/host-protocol";
import { type HostDiscovery, runFolderLayout } from "../../contracts/run-folder";
import { connectHost } from "../../run-folder/host-client";
import { readDiscovery } from "../../run-folder/run-files";
import { runStatus } from "../../run-folder/run-status";
import {
  eventsOf,
  freezeRun,
  runToEnd,
  type StartedHost,
  startHost,
  temporaryFolder,
  until,
} from "./run-under-test";
import { tinyPlan, writeTinyData } from "./tiny-experiment";

/** One host for all the tests here: it trains for as long as they take. */
let run: string;
let host: StartedHost;
let discovery: HostDiscovery;

beforeAll(async () => {
  const base = temporaryFolder(afterAll);
  writeTinyData(base);
  run = freezeRun(tinyPlan(base, { train: { duration: { steps: 1_000_000 }, checkpoint: null } }));
  host = startHost(run);
  await until(() => readDiscovery(run) !== null);
  discovery = readDiscovery(run)!;
});

test("announces itself where only its user can read", () => {
  expect(discovery.pid).toBe(host.process.pid);
  expect(runStatus(run)).toBe("running");
  if (process.platform === "win32") return;
  expect(fs.statSync(path.join(run, runFolderLayout.discovery)).mode & 0o777).toBe(0o600);
  expect(fs.statSync(path.dirname(discovery.socket)).mode & 0o777).toBe(0o700);
});

test("shows its progress about four times a second, and tells of new records", async () => {
  await until(() => eventsOf(run).some(({ type }) => type === "step"));
  const client = await connectHost(run, "a test");
  onTestFinished(() => client.dispose());
  const heard: ProgressParams[] = [];
  let lastSeq = -1;
  client.onProgress((progress) => heard.push(progress));
  client.onEvents((events) => {
    lastSeq = events.lastSeq;
  });
  await until(() => heard.length >= 3 && lastSeq > 2);
  const progress = v.parse(progressParamsSchema, heard.at(-1));
  expect(progress.steps).toBe(1_000_000);
  expect(progress.step).toBeGreaterThan(0);
  expect(progress.loss).toBeGreaterThan(0);
  expect(progress.tokensPerSecond).toBeGreaterThan(0);
  expect(progress.secondsLeft).toBeGreaterThan(0);
  expect(progress.p.sums! + progress.p.echoes!).toBeCloseTo(1, 12);
});

test.each([
  ["a wrong token", { token: "guess" }],
  ["no token", { token: "" }],
  ["another version of the protocol", { protocol: HOST_PROTOCOL_VERSION + 1 }],
  ["parameters of another kind", { token: 42 }],
])("hangs up on %s", async (_, changes) => {
  const { connection, closed } = await connect();
  const parameters = {
    protocol: HOST_PROTOCOL_VERSION,
    token: discovery.token,
    client: "a test",
    ...changes,
  };
  await expect(connection.sendRequest(hostMethods.initialize, parameters)).rejects.toThrow();
  await closed;
});

test("takes no request from a client that has not shown the token", async () => {
  const { connection, closed } = await connect();
  await expect(connection.sendRequest(hostMethods.stop, null)).rejects.toThrow("initialize comes first");
  await closed;
  expect(runStatus(run)).toBe("running");
});

test("survives what is no message at all", async () => {
  const socket = net.connect(discovery.socket);
  socket.on("error", () => {});
  socket.write("Content-Length: 5\r\n\r\n{{{{{");
  socket.write("GET / HTTP/1.1\r\n\r\n");
  socket.end();
  await new Promise((resolve) => socket.once("close", resolve));
  const client = await connectHost(run, "a test");
  onTestFinished(() => client.dispose());
  expect(client.host.pid).toBe(discovery.pid);
});

test("has its run for itself", async () => {
  const before = eventsOf(run)[0];
  const { code, output } = await runToEnd(run);
  expect(code).toBe(3);
  expect(output).toContain(`is held by process ${discovery.pid}`);
  expect(readDiscovery(run)!.pid).toBe(discovery.pid);
  expect(eventsOf(run)[0]).toEqual(before);
});

test("stops once, however often it is asked, says so meanwhile, and leaves no socket behind", async () => {
  const client = await connectHost(run, "a test");
  await Promise.allSettled([client.stop(), client.stop()]);
  const { code, output } = await host.ended;
  client.dispose();
  expect(code, output).toBe(75);
  expect(eventsOf(run).filter(({ type }) => type === "stop")).toHaveLength(1);
  expect(readDiscovery(run)).toBeNull();
  expect(fs.existsSync(discovery.socket)).toBe(false);
  expect(runStatus(run)).toBe("stopped");
});

async function connect(): Promise<{ connection: MessageConnection; closed: Promise<unknown> }> {
  const socket = net.connect(discovery.socket);
  await new Promise((resolve) => socket.once("connect", resolve));
  const connection = createMessageConnection(socket, socket);
  connection.onError(() => {});
  connection.listen();
  onTestFinished(() => {
    connection.dispose();
    socket.destroy();
  });
  return { connection, closed: new Promise((resolve) => socket.once("close", resolve)) };
}
