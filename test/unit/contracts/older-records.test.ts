/** Runs that were made before backends could be chosen, byte for byte as they were written then. */
import * as fs from "node:fs";
import * as path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { runFolderLayout } from "../../../contracts/run-folder";
import { parseEvent, readRunRecord } from "../../../run-folder/run-files";
import { openRunFolder } from "../../../training-host/runs/folder";
import { temporaryFolder } from "../training-host/data/temporary-folder";

const config =
  '{"data":[{"dev":null,"format":{"column":"text","kind":"text"},"license":null,"limit":null,"name":"a","path":"a.jsonl","weight":1}],"eval":{"every":null,"samples":null},"export":{},"launch":{"backend":"auto","kind":"local","parallel":1},"mixture":{"kind":"static","prior":{"temperature":1},"unit":"example"},"model":{"name":"m","path":"m","scratch":null,"tokenizer":null},"seed":1,"train":{"batch":{"micro":1,"size":1},"checkpoint":null,"clip":1,"duration":{"steps":1},"length":8,"optimizer":{"beta1":0.9,"beta2":0.999,"eps":1e-8,"kind":"adamw","lr":0.001,"weightDecay":0},"schedule":{"end":0,"kind":"constant","warmup":{"steps":0}}}}';
/** Of that text: `printf %s '...' | sha256sum`. */
const hash = "432580b687565b76dab36661569403a87bbde43d6f38d6ed901a6e06f11c0c28";
const plan = `{"version":1,"id":"a-${hash.slice(0, 8)}","name":"a","experiment":"a","doc":"","hash":"${hash}","overrides":{},"config":${config},"origins":{},"file":"/a.mos","baseDirectory":"/"}`;
const record = `{"version":1,"runId":"r","created":"2026-11-23T12:00:00.000Z","product":"0.1.0","plan":${plan}}\n`;

const start =
  '{"seq":0,"time":"2026-11-23T12:00:00.000Z","type":"start","version":1,"step":0,"backend":"wasm (own wasm kernels, relaxed SIMD)","node":"v20.20.2","product":"0.1.0","host":"h","pid":1,"planHash":"x","steps":30,"batch":4,"parameters":10,"datasets":[]}';
const finish =
  '{"seq":9,"time":"2026-11-23T12:00:00.000Z","type":"finish","step":30,"seconds":1,"overheadSeconds":0,"drawn":{},"epochs":{},"tokens":{}}';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, runFolderLayout.plan), record);
});

describe("an older plan", () => {
  it("is read with what runs did then: the choice is left open", () => {
    const { launch } = readRunRecord(folder).plan.config;
    expect(launch).toEqual({ kind: "local", parallel: 1, backend: "auto", threads: null });
  });

  it("is opened: its hash is that of what was written", () => {
    expect(openRunFolder(folder).plan.hash).toBe(hash);
  });

  it("is still not to be edited", () => {
    const file = path.join(folder, runFolderLayout.plan);
    fs.writeFileSync(file, record.replace('"seed":1', '"seed":2'));
    expect(() => openRunFolder(folder)).toThrow(/does not match its hash/);
    fs.writeFileSync(file, record.replace('"parallel":1', '"parallel":1,"threads":7'));
    expect(() => openRunFolder(folder)).toThrow(/does not match its hash/);
  });
});

describe("older events", () => {
  it("name the backend and its detail apart, on the one thread that there was", () => {
    expect(parseEvent(start)).toMatchObject({
      version: 1,
      backend: "wasm",
      detail: "own wasm kernels, relaxed SIMD",
      threads: 1,
      passedOver: [],
    });
    const resume = start
      .replace('"type":"start","version":1', '"type":"resume"')
      .replace(/,"planHash".*/, "}");
    expect(parseEvent(resume)).toMatchObject({ type: "resume", backend: "wasm", threads: 1 });
  });

  it("do not tell the peak memory", () => {
    expect(parseEvent(finish)).toMatchObject({ type: "finish", peakMemory: null });
  });

  it("of a version to come are not taken for these", () => {
    expect(parseEvent(start.replace('"version":1', '"version":3'))).toMatch(/not a run event/);
  });
});
