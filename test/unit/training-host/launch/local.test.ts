import fc from "fast-check";
import { expect, test } from "vitest";
import { type HostExit, LocalQueue } from "../../../../training-host/launch/local";

/** Hosts that end when the test says so. */
class FakeHosts {
  readonly started: string[] = [];
  readonly left: [string, HostExit | null][] = [];
  readonly unwanted = new Set<string>();
  private readonly ends = new Map<
    string,
    { resolve: (exit: HostExit) => void; reject: (error: Error) => void }
  >();

  readonly engine = {
    startHost: (folder: string) => {
      this.started.push(folder);
      return new Promise<HostExit>((resolve, reject) => this.ends.set(folder, { resolve, reject }));
    },
    isWanted: (folder: string) => !this.unwanted.has(folder),
    onLeave: (folder: string, exit: HostExit | null) => this.left.push([folder, exit]),
  };

  end(folder: string, how: "finish" | "die" | "cannot start"): void {
    if (how === "cannot start") this.ends.get(folder)!.reject(new Error("spawn ENOENT"));
    else
      this.ends
        .get(folder)!
        .resolve(how === "finish" ? { code: 0, signal: null } : { code: null, signal: "SIGKILL" });
  }
}

test("however hosts end, all runs are started once, in order, never more than `parallel` at a time", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom("finish", "die", "cannot start"), { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      async (parallel, ends, choices) => {
        const hosts = new FakeHosts();
        const queue = new LocalQueue(parallel, hosts.engine);
        const folders = ends.map((_, index) => `run-${index}`);
        queue.submit(folders);
        const idle = queue.idle();
        while (queue.poll().running.length > 0) {
          const { running, queued } = queue.poll();
          expect(running.length).toBe(Math.min(parallel, running.length + queued.length));
          const folder = running[choices.next().value! % running.length]!;
          hosts.end(folder, ends[folders.indexOf(folder)] as "finish");
          await new Promise((resolve) => setImmediate(resolve));
        }
        await idle;
        expect(hosts.started).toEqual(folders);
        expect(hosts.left.map(([folder]) => folder).sort()).toEqual([...folders].sort());
      },
    ),
  );
});

test("a cancelled run is not started, whether it is asked for or found unwanted", async () => {
  const hosts = new FakeHosts();
  const queue = new LocalQueue(1, hosts.engine);
  queue.submit(["a", "b", "c", "d"]);
  queue.cancel("b");
  hosts.unwanted.add("c");
  queue.sweep();
  hosts.unwanted.add("d");
  queue.cancel("a");
  expect(queue.poll()).toEqual({ queued: ["d"], running: ["a"] });
  hosts.end("a", "finish");
  await queue.idle();
  expect(hosts.started).toEqual(["a"]);
  expect(hosts.left).toEqual([
    ["b", null],
    ["c", null],
    ["a", { code: 0, signal: null }],
    ["d", null],
  ]);
});
