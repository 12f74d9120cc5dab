import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { DatasetQuestion } from "../../contracts/data-inspection";
import { DataInspector, type DataInspectorOptions } from "../../language-server/workspace/data-inspector";

const root = path.resolve(import.meta.dirname, "../..");
let folder: string;
let inspector: DataInspector;

beforeAll(() => {
  execFileSync(process.execPath, [path.join(root, "scripts/build.mjs"), "--only=data-inspector"], {
    cwd: root,
  });
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-inspector-"));
}, 120_000);
afterEach(() => inspector.dispose());
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

function start(options: DataInspectorOptions = {}): DataInspector {
  inspector = new DataInspector(options);
  return inspector;
}

function question(file: string): DatasetQuestion {
  return {
    source: { kind: "path", path: file },
    baseDirectory: folder,
    format: { kind: "columns", prompt: "question", answer: "answer", system: null },
    mostRows: 100,
    mostBytes: 1e6,
  };
}

const rows = (count: number) =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ question: `${i}?`, answer: "x", n: i })).join(
    "\n",
  );

function write(name: string, content: string): void {
  fs.writeFileSync(path.join(folder, name), content);
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("the inspector's process", () => {
  it("tells of a file what an editor shows, and again when it changed", async () => {
    start();
    write("a.jsonl", rows(250));
    expect(await inspector.dataset(question("a.jsonl"))).toMatchObject({
      problem: null,
      rows: 250,
      bytes: rows(250).length,
      columns: [
        { name: "question", type: "text" },
        { name: "answer", type: "text" },
        { name: "n", type: "number" },
      ],
      firstRow: JSON.stringify({ question: "0?", answer: "x", n: 0 }, null, 2),
      checked: { rows: 100, malformed: 0, duplicates: 0 },
    });
    const { pid } = inspector;
    process.kill(pid!, "SIGKILL");
    await expect.poll(() => inspector.pid).toBe(null);
    // What is known holds without a process as long as the file is the same.
    expect((await inspector.dataset(question("a.jsonl"))).rows).toBe(250);
    expect(inspector.pid).toBe(null);
    write("a.jsonl", `${rows(3)}\n{"question": "4"}`);
    const changed = await inspector.dataset(question("a.jsonl"));
    expect(changed).toMatchObject({ rows: 4, problem: { kind: "row", column: "answer" } });
    expect(inspector.known(question("a.jsonl"))).toBe(changed);
    expect(inspector.pid).not.toBe(pid);
  });

  it("stops when it is told to, and when it has had nothing to do for a while", async () => {
    start({ idle: 1 });
    write("b.jsonl", rows(3));
    const stopped = new AbortController();
    const asked = inspector.dataset(question("b.jsonl"), stopped.signal);
    stopped.abort();
    await expect(asked).rejects.toThrow(/abort/i);
    expect((await inspector.dataset(question("b.jsonl"))).rows).toBe(3);
    await expect.poll(() => inspector.pid).toBe(null);
  });

  it("refuses a question that is none", async () => {
    start();
    await expect(inspector.dataset({ ...question("a"), mostRows: -1 })).rejects.toThrow(/Expected >=1/i);
    expect(inspector.pid).not.toBe(null);
  });
});

describe("a process that misbehaves", () => {
  const program = (name: string, body: string) => {
    write(
      name,
      `process.on("message", (message) => { ${body} }); process.on("disconnect", () => process.exit());`,
    );
    return path.join(folder, name);
  };

  it("that dies over a question is not asked it again for a while, and is started for others", async () => {
    const log = path.join(folder, "log");
    const dies = `require("fs").appendFileSync(${JSON.stringify(log)}, "x");
      if (JSON.stringify(message).includes("deadly")) process.exit(7);
      process.send({ jsonrpc: "2.0", id: message.id, result: { problem: null, rows: 1, bytes: 1, files: 1, columns: [],
        firstRow: null, checked: { rows: 1, malformed: 0, duplicates: 0 }, contentHash: null, commit: null, evidence: null } });`;
    start({ program: program("dies.js", dies) });
    expect((await inspector.dataset(question("fine"))).rows).toBe(1);
    // Once in the process that was there, once in one of its own.
    await expect(inspector.dataset(question("deadly"))).rejects.toThrow(
      "The data inspector ended with code 7.",
    );
    expect(fs.readFileSync(log, "utf8")).toBe("xxx");
    await expect(inspector.dataset(question("deadly"))).rejects.toThrow(
      "The data inspector ended with code 7.",
    );
    expect(fs.readFileSync(log, "utf8")).toBe("xxx");
    expect((await inspector.dataset(question("fine"))).rows).toBe(1);
  });

  it("that does not stop is killed", async () => {
    const begun = path.join(folder, "begun");
    const hangs = `require("fs").writeFileSync(${JSON.stringify(begun)}, ""); for (;;);`;
    start({ program: program("hangs.js", hangs), patience: 1 });
    const stopped = new AbortController();
    const asked = inspector.dataset(question("any"), stopped.signal);
    await expect.poll(() => fs.existsSync(begun)).toBe(true);
    const { pid } = inspector;
    stopped.abort();
    await expect(asked).rejects.toThrow(/abort/i);
    await expect.poll(() => isAlive(pid!)).toBe(false);
  });

  it("that answers something else is not believed", async () => {
    start({
      program: program(
        "lies.js",
        'process.send({ jsonrpc: "2.0", id: message.id, result: { rows: "many" } });',
      ),
    });
    await expect(inspector.dataset(question("any"))).rejects.toThrow(/answer is none/);
  });

  it("that is not there is said not to be", async () => {
    start({ program: path.join(folder, "nowhere.js") });
    await expect(inspector.dataset(question("any"))).rejects.toThrow("The data inspector ended with code 1.");
  });
});
