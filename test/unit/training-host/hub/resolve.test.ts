import nodeFs, * as fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import * as path from "node:path";
import { downloadFileToCacheDir, snapshotDownload } from "@huggingface/hub";
import * as fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { UserError } from "../../../../contracts/user-error";
import type { HubAccess } from "../../../../training-host/hub/access";
import { nameProblem } from "../../../../training-host/hub/repository-file";
import { resolveHubDataset, resolveHubModel } from "../../../../training-host/hub/resolve";
import {
  type HubFixture,
  hubFixture,
  NoPatience,
  noise,
  temporaryFolder,
  Watched,
} from "../../../hub/hub-fixture";
import { type Fault, gitHash, sha256 } from "../../../hub/hub-server";

const MODEL = "someone/tiny-model";
const weights = noise(300_000);

const modelFiles = {
  "config.json": '{"model_type": "llama"}',
  "generation_config.json": "{}",
  "tokenizer.json": `{"model": "${"x".repeat(150_000)}"}`,
  "tokenizer_config.json": "{}",
  "model.safetensors": weights,
  "pytorch_model.bin": noise(1000, 2),
  "README.md": "# A model",
  ".gitattributes": "*.bin filter=lfs",
};

function getModel(
  { access, progress, patience }: HubFixture,
  changes: Partial<HubAccess> = {},
  signal?: AbortSignal,
) {
  return resolveHubModel(MODEL, "main", { ...access, ...changes }, progress, signal, patience);
}

function getDataset(
  { access, progress, patience }: HubFixture,
  files: string | null = null,
  revision = "main",
  changes: Partial<HubAccess> = {},
) {
  return resolveHubDataset(
    "someone/rows",
    revision,
    files,
    { ...access, ...changes },
    progress,
    undefined,
    patience,
  );
}

async function failureOf(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => new Error("It did not fail."),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

function isWhole(folder: string): boolean {
  return fs.readFileSync(path.join(folder, "model.safetensors")).equals(weights);
}

/** Whether some of the weights has arrived and not all. What comes beside them may be broken off, too. */
function isPartThere(cache: string): boolean {
  const blobs = path.join(cache, "models--someone--tiny-model", "blobs");
  return fs.existsSync(path.join(blobs, `${sha256(weights)}.mos.incomplete`));
}

describe("a model", () => {
  it("is fetched into the cache's standard layout, without weights in other formats", async () => {
    const fixture = await hubFixture();
    const commit = fixture.server.push("model", MODEL, modelFiles);
    const model = await getModel(fixture);
    const repository = path.join(fixture.access.cache, "models--someone--tiny-model");
    expect(model).toEqual({ folder: path.join(repository, "snapshots", commit), commit });
    expect(fs.readdirSync(model.folder).sort()).toEqual(
      [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
      ].sort(),
    );
    expect(isWhole(model.folder)).toBe(true);
    expect(fs.readFileSync(path.join(repository, "refs", "main"), "utf8")).toBe(commit);
    expect(fs.readlinkSync(path.join(model.folder, "model.safetensors"))).toBe(
      `../../blobs/${sha256(weights)}`,
    );
    expect(fs.readlinkSync(path.join(model.folder, "config.json"))).toBe(
      `../../blobs/${gitHash(Buffer.from(modelFiles["config.json"]))}`,
    );
    expect(isPartThere(fixture.access.cache)).toBe(false);
  });

  it("is not fetched a second time, and a commit is not even asked about", async () => {
    const fixture = await hubFixture();
    const commit = fixture.server.push("model", MODEL, modelFiles);
    await getModel(fixture);
    fixture.server.requests.length = 0;
    await getModel(fixture);
    expect(fixture.server.requests.map(({ url }) => url.split("?")[0])).toEqual([
      `/api/models/${MODEL}/revision/main`,
    ]);
    fixture.server.requests.length = 0;
    await resolveHubModel(MODEL, commit, fixture.access, fixture.progress);
    expect(fixture.server.requests).toEqual([]);
  });

  it("tells bytes and time left while it comes", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    await getModel(fixture);
    const { states } = fixture.progress;
    const wanted: (keyof typeof modelFiles)[] = [
      "config.json",
      "generation_config.json",
      "tokenizer.json",
      "tokenizer_config.json",
      "model.safetensors",
    ];
    const total = wanted.map((name) => modelFiles[name].length).reduce((sum, length) => sum + length, 0);
    expect(states.at(-1)).toMatchObject({ kind: "model", repository: MODEL, done: total, total });
    expect(states.map(({ done }) => done)).toEqual(states.map(({ done }) => done).sort((a, b) => a - b));
  });

  it("is fetched in the shards that its index names", async () => {
    const fixture = await hubFixture();
    const shards = {
      "model-00001-of-00002.safetensors": noise(2000, 3),
      "model-00002-of-00002.safetensors": noise(3000, 4),
    };
    const index = {
      weight_map: {
        a: "model-00001-of-00002.safetensors",
        b: "model-00002-of-00002.safetensors",
        c: "model-00001-of-00002.safetensors",
      },
    };
    fixture.server.push("model", MODEL, {
      "config.json": "{}",
      "model.safetensors.index.json": JSON.stringify(index),
      ...shards,
      "original/consolidated.safetensors": noise(100, 5),
    });
    const { folder } = await getModel(fixture);
    expect(fs.readdirSync(folder).sort()).toEqual(
      ["config.json", ...Object.keys(shards), "model.safetensors.index.json"].sort(),
    );
  });

  it.each([
    [
      "names no file beside it",
      "../../../.ssh/id.safetensors",
      /names "\.\.\/\.\.\/\.\.\/\.ssh\/id\.safetensors", which is no safetensors file/,
    ],
    [
      "names a file that is not there",
      "model-9.safetensors",
      /names "model-9\.safetensors", which the repository does not have/,
    ],
  ])("is refused when its index %s", async (_, shard, message) => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, {
      "config.json": "{}",
      "model.safetensors.index.json": JSON.stringify({ weight_map: { a: shard } }),
    });
    const failure = await failureOf(getModel(fixture));
    expect(failure.reason).toBe("hub-damaged");
    expect(failure.message).toMatch(message);
  });

  it.each([
    ["config.json", { "model.safetensors": weights }, /has no config\.json/],
    [
      "weights as safetensors",
      { "config.json": "{}", "pytorch_model.bin": "x", "m.gguf": "y" },
      /only \.bin, \.gguf/,
    ],
    [
      "a model: it is an adapter",
      { "adapter_config.json": "{}", "adapter_model.safetensors": "x" },
      /it is an adapter/,
    ],
  ])("must have %s", async (_, files, message) => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, files);
    const failure = await failureOf(getModel(fixture));
    expect(failure.reason).toBe("hub-not-found");
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain(MODEL);
  });

  it.each(["../evil", "a/b/c", "-a/b", "a--b/c", "a/b.git", ""])("of the name %j is none", async (name) => {
    const { access, progress } = await hubFixture();
    const failure = await failureOf(resolveHubModel(name, "main", access, progress));
    expect(failure.reason).toBe("bad-plan");
  });

  it.each(["../x", "a//b", "", "a\nb", "..", "a/../../b"])("has no revision %j", async (revision) => {
    const { access, progress } = await hubFixture();
    const failure = await failureOf(resolveHubModel(MODEL, revision, access, progress));
    expect(failure.reason).toBe("bad-plan");
  });
});

describe("a connection that is cut", () => {
  it("is taken up again where it broke off: no byte is asked for twice", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    fixture.server.fail(/^cdn GET .*/, { cutAfter: 120_000 }, 1);
    const { folder } = await getModel(fixture);
    expect(isWhole(folder)).toBe(true);
    const asked = fixture.server.asked(/^cdn GET /).filter(({ url }) => url.includes(sha256(weights)));
    const tokenizer = fixture.server.asked(/^cdn GET /).filter(({ url }) => !url.includes(sha256(weights)));
    const sent = [...asked, ...tokenizer].reduce((sum, one) => sum + one.sent, 0);
    expect(sent).toBe(weights.length + modelFiles["tokenizer.json"].length);
    expect([...asked, ...tokenizer].map(({ headers }) => headers.range).filter(Boolean)).toEqual([
      "bytes=120000-",
    ]);
    expect(fixture.progress.notes.join()).toMatch(/at 120000 of \d+ bytes/);
  });

  it("may be cut as often as it likes, as long as something comes", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    fixture.server.fail(/^cdn GET /, { cutAfter: 30_000 }, 9);
    await getModel(fixture);
    const ranges = fixture.server.asked(/^cdn GET /).map(({ headers }) => headers.range ?? "all");
    expect(ranges).toEqual([
      "all",
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((times) => `bytes=${times * 30_000}-`),
    ]);
  });

  it("is given up when nothing comes, and the next download goes on from there", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    fixture.server.fail(/^cdn GET /, { cutAfter: 200_000 }, 1);
    // The first try brought something; two in a row that bring nothing make three.
    fixture.server.fail(/^cdn GET /, { cutAfter: 0 }, 2);
    const failure = await failureOf(getModel(fixture));
    expect(failure.reason).toBe("hub-unreachable");
    expect(failure.message).toMatch(
      /^Model\.safetensors of the model "someone\/tiny-model" could not be fetched .*the connection was cut/,
    );
    expect(isPartThere(fixture.access.cache)).toBe(true);
    fixture.server.requests.length = 0;
    const { folder } = await getModel(fixture);
    expect(isWhole(folder)).toBe(true);
    expect(fixture.server.asked(/^cdn GET /).map(({ headers, sent }) => [headers.range, sent])).toEqual([
      ["bytes=200000-", 100_000],
    ]);
  });

  it("brings the same bytes, and none twice, wherever and however it fails", async () => {
    const failing: fc.Arbitrary<Fault> = fc.oneof(
      fc.integer({ min: 1, max: 299_999 }).map((cutAfter) => ({ cutAfter })),
      fc.constant({ cutAfter: 0 }),
      fc.constantFrom(429, 500, 503).map((status) => ({ status })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(failing, { maxLength: 8 }), async (faults) => {
        const fixture = await hubFixture();
        fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
        for (const fault of faults) fixture.server.fail(/^cdn GET /, fault);
        const patient = Object.assign(new NoPatience(), { tries: 100 });
        expect(isWhole((await getModel({ ...fixture, patience: patient })).folder)).toBe(true);
        const answered = fixture.server.asked(/^cdn GET /).filter(({ sent }) => sent > 0);
        expect(answered.reduce((sum, { sent }) => sum + sent, 0)).toBe(weights.length);
      }),
      { numRuns: 25 },
    );
  });

  it("counts as cut when it is silent", async () => {
    const fixture = await hubFixture();
    const patience = new NoPatience(0.2);
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    fixture.server.fail(/^cdn GET /, { stallAfter: 100_000 }, 1);
    await getModel({ ...fixture, patience });
    expect(fixture.server.asked(/^cdn GET /).map(({ headers }) => headers.range)).toEqual([
      undefined,
      "bytes=100000-",
    ]);
    expect(fixture.progress.notes.join()).toMatch(/nothing came for 0\.2 s/);
  });

  it("does not count as cut when it is slow but never silent", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    // Twice twenty seconds are more than the thirty that a connection may be silent.
    const betweenPieces = async () => void vi.advanceTimersByTime(20_000);
    fixture.server.fail(/^cdn GET /, { betweenPieces });
    await getModel(fixture);
    expect(fixture.server.asked(/^cdn GET /)).toHaveLength(1);
  });

  it("begins anew with a server that cannot go on, and ends with one that never gets to the end", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    fixture.server.fail(/^cdn GET /, { cutAfter: 100_000 }, 1);
    fixture.server.fail(/^cdn GET /, { wholeFile: true }, 1);
    const { folder } = await getModel(fixture);
    expect(isWhole(folder)).toBe(true);

    const stubborn = await hubFixture();
    stubborn.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    stubborn.server.fail(/^cdn GET /, { wholeFile: true, cutAfter: 100_000 }, 1000);
    expect((await failureOf(getModel(stubborn))).reason).toBe("hub-unreachable");
  });
});

describe("content that is not what it should be", () => {
  it("is removed, and said, by SHA-256", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    fixture.server.fail(/^cdn GET /, { damage: true });
    const failure = await failureOf(getModel(fixture));
    expect(failure.reason).toBe("hub-damaged");
    expect(failure.message).toContain(
      'of the model "someone/tiny-model" arrived damaged and was removed: its SHA-256 is',
    );
    expect(failure.message).toContain(sha256(weights));
    expect(isPartThere(fixture.access.cache)).toBe(false);
    const { folder } = await getModel(fixture);
    expect(isWhole(folder)).toBe(true);
  });

  it("is removed, and said, by git's hash for small files", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    fixture.server.fail(/^hub GET .*\/config\.json/, { damage: true });
    const failure = await failureOf(getModel(fixture));
    expect(failure.message).toMatch(
      /^Config\.json of the model .* arrived damaged and was removed: its git hash is/,
    );
  });

  it("is fetched anew when it was an earlier download that left it", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    const blobs = path.join(fixture.access.cache, "models--someone--tiny-model", "blobs");
    fs.mkdirSync(blobs, { recursive: true });
    fs.writeFileSync(path.join(blobs, `${sha256(weights)}.mos.incomplete`), noise(50_000, 99));
    const { folder } = await getModel(fixture);
    expect(isWhole(folder)).toBe(true);
    expect(fixture.progress.notes.join()).toContain("what an earlier download had left was damaged");
  });

  it("ends the downloads beside it, whichever of them still wait", async () => {
    // Often: Node's fetch can lose an aborted answer, which then waits for ever.
    for (let times = 0; times < 15; times++) {
      const fixture = await hubFixture();
      fixture.server.push("model", MODEL, modelFiles);
      fixture.server.fail(/^cdn GET /, { damage: true });
      expect((await failureOf(getModel(fixture))).reason).toBe("hub-damaged");
    }
  });

  it("is not read beyond the size that the list says", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    fixture.server.fail(/^cdn GET /, { more: 5_000_000 });
    const failure = await failureOf(getModel(fixture));
    expect(failure.message).toMatch(/is longer than the 300000 bytes that the Hub lists/);
    expect(isPartThere(fixture.access.cache)).toBe(false);
  });

  it("is replaced when a file of the cache has lost some of it", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    const { folder } = await getModel(fixture);
    fs.truncateSync(path.join(folder, "model.safetensors"), 1000);
    await getModel(fixture);
    expect(isWhole(folder)).toBe(true);
  });
});

describe("an answer that refuses", () => {
  it.each([
    [
      "401 without a token",
      null,
      "private",
      "hub-refused",
      /refuses the model "someone\/tiny-model" to anyone without a token \(401\)/,
      /HF_TOKEN/,
    ],
    [
      "401 for a wrong token",
      "hf_wrong",
      "private",
      "hub-refused",
      /does not accept your token .*\(401\)/,
      /settings\/tokens/,
    ],
    [
      "403 for a gated repository",
      "hf_right",
      "gated",
      "hub-refused",
      /Access to the model "someone\/tiny-model" must be asked for/,
      /\/someone\/tiny-model, with the account/,
    ],
    [
      "401 for a gated one without a token",
      null,
      "gated",
      "hub-refused",
      /must be asked for/,
      /say who you are/,
    ],
    [
      "404 for a repository",
      "hf_right",
      "absent",
      "hub-not-found",
      /There is no model "someone\/tiny-model"/,
      /no dataset/,
    ],
  ])("is told apart: %s", async (_, token, state, reason, message, advice) => {
    const fixture = await hubFixture();
    if (state !== "absent") fixture.server.push("model", MODEL, modelFiles);
    fixture.server.token = "hf_right";
    if (state === "gated") fixture.server.repository("model", MODEL).gated = true;
    const failure = await failureOf(getModel(fixture, { token }));
    expect(failure.reason).toBe(reason);
    expect(failure.message).toMatch(message);
    expect(failure.advice).toMatch(advice);
    expect(fixture.patience.waited).toEqual([]);
  });

  it("is told apart: 404 for a revision, and for a file", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    const { access, progress, patience } = fixture;
    const revision = await failureOf(resolveHubModel(MODEL, "v2", access, progress, undefined, patience));
    expect(revision.message).toBe('The model "someone/tiny-model" has no revision "v2" (404).');
    fixture.server.fail(/tokenizer\.json/, { status: 404, headers: { "x-error-code": "EntryNotFound" } });
    const file = await failureOf(getModel(fixture));
    expect(file.message).toBe(
      'There is no tokenizer.json of the model "someone/tiny-model" at "main" (404).',
    );
  });

  it("is waited for as long as it asks: Retry-After and the Hub's RateLimit", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    fixture.server.fail(/revision/, { status: 429, headers: { "retry-after": "7" } });
    fixture.server.fail(/revision/, { status: 429, headers: { ratelimit: '"api";r=0;t=55' } });
    fixture.server.fail(/tree/, { status: 503 });
    fixture.server.fail(/^cdn/, { status: 500 });
    await getModel(fixture);
    expect(fixture.patience.waited).toEqual([7, 55, 0.5, 0.5]);
  });

  it("is not waited for longer than a person would", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    fixture.server.fail(
      /revision/,
      {
        status: 429,
        headers: { "retry-after": "86400" },
        body: '{"error": "Too many requests\\u0007 for you"}',
      },
      9,
    );
    const failure = await failureOf(getModel(fixture));
    expect(failure.reason).toBe("hub-unreachable");
    expect(failure.message).toContain(
      "it answers 429 (Too many requests for you), and asks to wait 86400 s.",
    );
    expect(fixture.patience.waited).toEqual([]);
  });

  it("is given up after some tries: 5xx, and redirects without end", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    fixture.server.fail(/revision/, { status: 502 }, 3);
    expect((await failureOf(getModel(fixture))).message).toMatch(
      /could not be fetched from 127\.0\.0\.1:\d+: it answers 502\.$/,
    );
    expect(fixture.server.asked(/revision/)).toHaveLength(3);
    const loop = { status: 302, headers: { location: "/api/models/a" } };
    fixture.server.fail(/revision/, loop);
    fixture.server.fail(/api\/models\/a/, { status: 302, headers: { location: "/api/models/b" } }, 99);
    fixture.server.fail(/api\/models\/b/, { status: 302, headers: { location: "/api/models/a" } }, 99);
    expect((await failureOf(getModel(fixture))).message).toContain("more than 10 redirects");
  });

  it("is a fresh link's turn when the storage refuses: its links hold for a while only", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    fixture.server.fail(/^cdn/, { status: 403 });
    await getModel(fixture);
    expect(fixture.server.asked(/^hub GET .*resolve.*safetensors/)).toHaveLength(2);
  });

  it("follows a repository that was renamed", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", "someone/new-name", modelFiles);
    const at = (url: string) => url.replace(MODEL, "someone/new-name");
    for (const part of ["revision/main", "tree"])
      fixture.server.fail(new RegExp(`${MODEL}/${part}`), {
        status: 307,
        headers: { location: at(`/api/models/${MODEL}/revision/main`) },
      });
    fixture.server.token = "hf_right";
    const failure = await failureOf(getModel(fixture, { token: "hf_right" }));
    // The list of files was redirected to what is none: but the token went along, to the same host.
    expect(failure.reason).toBe("hub-damaged");
    const followed = fixture.server.asked(/new-name/);
    expect(followed.length).toBeGreaterThan(0);
    expect(followed.every(({ headers }) => headers.authorization === "Bearer hf_right")).toBe(true);
  });

  it.each(["not json", "[]", "null", '{"sha": "../../x"}', '{"sha": 7}'])(
    "is not believed: %s",
    async (body) => {
      const fixture = await hubFixture();
      fixture.server.push("model", MODEL, modelFiles);
      fixture.server.fail(/revision/, { status: 200, headers: { "content-type": "application/json" }, body });
      expect((await failureOf(getModel(fixture))).reason).toBe("hub-damaged");
    },
  );
});

describe("the token", () => {
  it("goes to the endpoint with every request, and to nobody else", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    fixture.server.token = "hf_secret";
    fixture.server.pageSize = 3;
    await getModel(fixture, { token: "hf_secret" });
    const { requests } = fixture.server;
    const hub = requests.filter(({ host }) => host === "hub");
    expect(hub.every(({ headers }) => headers.authorization === "Bearer hf_secret")).toBe(true);
    const cdn = requests.filter(({ host }) => host === "cdn");
    expect(cdn.length).toBeGreaterThan(1);
    expect(JSON.stringify(cdn)).not.toContain("hf_secret");
  });

  it("is not told when a server sends it back", async () => {
    const fixture = await hubFixture();
    fixture.server.fail(/revision/, { status: 403, headers: { "x-error-message": "Bad token hf_secret." } });
    const failure = await failureOf(getModel(fixture, { token: "hf_secret" }));
    expect(failure.message).toMatch(/forbids the model .*: Bad token \(token\) \(403\)\.$/);
  });

  it("is not told when it cannot be sent", async () => {
    const fixture = await hubFixture();
    const failure = await failureOf(getModel(fixture, { token: "hf_secret\u0000 more" }));
    expect(failure.reason).toBe("hub-refused");
    expect(`${failure.message} ${failure.advice} ${failure.stack}`).not.toContain("hf_secret");
  });
});

describe("without network", () => {
  it("takes what is in the cache, and asks for nothing", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    const online = await getModel(fixture);
    fixture.server.requests.length = 0;
    expect(await getModel(fixture, { offline: true })).toEqual(online);
    expect(fixture.server.requests).toEqual([]);
  });

  it("says what is missing and how to get it", async () => {
    const fixture = await hubFixture();
    const nothing = await failureOf(getModel(fixture, { offline: true }));
    expect(nothing.reason).toBe("hub-unreachable");
    expect(nothing.message).toContain('The model "someone/tiny-model" at "main" is not in the cache');
    expect(nothing.advice).toBe("With network, `mos download --model someone/tiny-model` fetches it.");
    fixture.server.push("model", MODEL, modelFiles);
    const { folder } = await getModel(fixture);
    fs.rmSync(path.join(folder, "tokenizer.json"));
    const one = await failureOf(getModel(fixture, { offline: true }));
    expect(one.message).toMatch(
      /^tokenizer\.json of the model "someone\/tiny-model" at "main" is not in the cache/,
    );
  });

  it("takes the cache when the Hub does not answer, and says so", async () => {
    const fixture = await hubFixture();
    const commit = fixture.server.push("model", MODEL, modelFiles);
    await getModel(fixture);
    await fixture.server.stop();
    expect((await getModel(fixture)).commit).toBe(commit);
    expect(fixture.progress.notes.join()).toMatch(/nobody answers there\. The cache has commit/);
    const failure = await failureOf(
      resolveHubModel("someone/other", "main", fixture.access, fixture.progress, undefined, fixture.patience),
    );
    expect(failure.reason).toBe("hub-unreachable");
    expect(failure.advice).toContain("mos download");
  });

  it("takes what Python has downloaded, which leaves no list of files", async () => {
    const fixture = await hubFixture();
    const commit = fixture.server.push("model", MODEL, modelFiles);
    const { folder } = await getModel(fixture);
    fs.rmSync(path.join(folder, "../../trees"), { recursive: true });
    expect(await getModel(fixture, { offline: true })).toEqual({ folder, commit });
    fs.rmSync(path.join(folder, "model.safetensors"));
    expect((await failureOf(getModel(fixture, { offline: true }))).message).toContain("is not in the cache");
  });
});

describe("the cache", () => {
  it("keeps an older whole commit for the branch until the new one is whole", async () => {
    const fixture = await hubFixture();
    const first = fixture.server.push("model", MODEL, modelFiles);
    await getModel(fixture);
    const second = fixture.server.push("model", MODEL, {
      ...modelFiles,
      "model.safetensors": noise(300_000, 7),
    });
    fixture.server.fail(/^cdn GET /, { cutAfter: 0 }, 3);
    await failureOf(getModel(fixture));
    expect((await getModel(fixture, { offline: true })).commit).toBe(first);
    expect((await getModel(fixture)).commit).toBe(second);
  });

  it("shares the content of files between commits", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    await getModel(fixture);
    fixture.server.push("model", MODEL, { ...modelFiles, "config.json": '{"changed": true}' });
    fixture.server.requests.length = 0;
    await getModel(fixture);
    expect(fixture.server.asked(/resolve/).map(({ url }) => path.basename(url))).toEqual(["config.json"]);
  });

  it("that is full is said, and what has arrived is kept", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    const { open } = fs.promises;
    const spied = vi.spyOn(fs.promises, "open").mockImplementation(async (...args) => {
      const handle = await open(...args);
      const write = handle.write.bind(handle) as (...args: unknown[]) => unknown;
      let room = 100_000;
      Object.assign(handle, {
        write: (chunk: Uint8Array, from: number, length: number, at: number) => {
          room -= length;
          if (room < 0)
            throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
          return write(chunk, from, length, at);
        },
      });
      return handle;
    });
    const failure = await failureOf(getModel(fixture)).finally(() => spied.mockRestore());
    expect(failure.reason).toBe("disk-full");
    expect(failure.message).toBe(
      `There is no space left in ${fixture.access.cache} for model.safetensors of the model "someone/tiny-model".`,
    );
    fixture.server.requests.length = 0;
    const { folder } = await getModel(fixture);
    expect(isWhole(folder)).toBe(true);
    expect(fixture.server.asked(/^cdn/)[0]!.headers.range).toMatch(/^bytes=\d\d+-$/);
  });

  it("that is too small is said before anything is fetched: also for absurd sizes", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    fixture.server.repository("model", MODEL).entry = (entry) =>
      entry.lfs ? { ...entry, size: 2 ** 52, lfs: { ...(entry.lfs as object), size: 2 ** 52 } } : entry;
    const failure = await failureOf(getModel(fixture));
    expect(failure.reason).toBe("disk-full");
    expect(failure.message).toMatch(
      /^The model "someone\/tiny-model" needs \d+\.0 GiB of disk, and .* has [\d.]+ GiB left\.$/,
    );
    expect(fixture.server.asked(/resolve/)).toEqual([]);
  });

  it("that cannot be written is said", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    const file = path.join(temporaryFolder(), "file");
    fs.writeFileSync(file, "");
    const failure = await failureOf(getModel(fixture, { cache: path.join(file, "hub") }));
    expect(failure.reason).toBe("folder-unwritable");
    expect(failure.message).toContain(`The cache ${file}/hub cannot be written for`);
  });

  it("that is read-only is used when everything is in it", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    const online = await getModel(fixture);
    const spies = (["mkdirSync", "writeFileSync", "renameSync", "symlinkSync"] as const).map((name) =>
      vi.spyOn(nodeFs, name).mockImplementation(() => {
        throw Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
      }),
    );
    syncBuiltinESMExports();
    try {
      expect(() => fs.mkdirSync(fixture.access.cache)).toThrow("EROFS");
      expect(await getModel(fixture)).toEqual(online);
    } finally {
      for (const spy of spies) spy.mockRestore();
      syncBuiltinESMExports();
    }
  });
});

describe("a hostile repository", () => {
  it.each([
    "../../../etc/cron.d/evil.jsonl",
    "/etc/passwd.parquet",
    "data\\..\\..\\evil.parquet",
    "C:/Windows/evil.parquet",
    "a//b.parquet",
    "evil\u001b[2J.parquet",
    "./x.parquet",
  ])("writes nothing outside the cache by the name %j", async (name) => {
    const fixture = await hubFixture();
    fixture.server.push("dataset", "someone/rows", { [name]: "x" });
    const failure = await failureOf(getDataset(fixture, name));
    expect(failure.reason).toBe("hub-damaged");
    expect(failure.message).toMatch(
      /^The dataset "someone\/rows" holds a file ".*" that is not fetched: its name/,
    );
    expect(failure.message).not.toContain("\u001b");
    expect(fixture.server.asked(/resolve/)).toEqual([]);
  });

  it.each(["data:b.json", "con.parquet", "sub/NUL", "dot."])(
    "has names that Windows alone refuses: %j",
    (name) => {
      expect(nameProblem(name, "linux")).toBeNull();
      expect(nameProblem(name, "win32")).toBe("Windows has no such names");
      expect(nameProblem("model-00001-of-00002.safetensors", "win32")).toBeNull();
    },
  );

  it("may have such names among files that nobody wants", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { ...modelFiles, "../evil.txt": "x" });
    await getModel(fixture);
  });

  it.each([
    ["sizes below nothing", { size: -1 }],
    ["sizes without end", { size: 1e300 }],
    ["sizes that are none", { size: "12" }],
    ["no names", { path: 7 }],
  ])("is not believed with %s", async (_, change) => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    fixture.server.repository("model", MODEL).entry = (entry) => ({ ...entry, ...change });
    expect((await failureOf(getModel(fixture))).reason).toBe("hub-damaged");
  });

  it("breaks nothing by whatever it answers", async () => {
    const fixture = await hubFixture();
    const commit = fixture.server.push("model", MODEL, modelFiles);
    const entry = fc.record(
      {
        type: fc.constantFrom("file", "directory", 7),
        path: fc.oneof(fc.constantFrom("config.json", "model.safetensors", "..", ""), fc.jsonValue()),
        size: fc.oneof(fc.constant(2), fc.jsonValue()),
        oid: fc.oneof(fc.constant("0".repeat(40)), fc.jsonValue()),
        lfs: fc.oneof(fc.constant({ oid: "0".repeat(64), size: 2 }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.oneof(fc.array(entry), fc.jsonValue()), async (info, tree) => {
        const headers = { "content-type": "application/json" };
        fs.rmSync(fixture.access.cache, { recursive: true, force: true });
        fixture.server.fail(/revision/, { status: 200, headers, body: JSON.stringify(info) });
        await failureOf(getModel(fixture));
        fixture.server.fail(/revision/, { status: 200, headers, body: JSON.stringify({ sha: commit }) });
        fixture.server.fail(/tree/, { status: 200, headers, body: JSON.stringify(tree) });
        await failureOf(getModel(fixture));
        expect(fs.existsSync(path.join(fixture.access.cache, "..", "evil"))).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it("names no blob by a path", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    fixture.server.repository("model", MODEL).entry = ({ lfs, ...entry }) => ({
      ...entry,
      oid: "../../../evil",
    });
    fixture.server.fail(/resolve/, { status: 200, headers: { etag: '"../../../evil"' } }, 99);
    const failure = await failureOf(getModel(fixture));
    expect(failure.message).toContain("without a name for its content");
  });
});

describe("@huggingface/hub", () => {
  it("has its own way into the same cache: what it downloads is found, and what is here it finds", async () => {
    const fixture = await hubFixture();
    const commit = fixture.server.push("model", MODEL, modelFiles);
    const request = { repo: MODEL, hubUrl: fixture.access.endpoint, cacheDir: fixture.access.cache };
    const quiet = vi.spyOn(console, "debug").mockImplementation(() => {});
    const theirs = await snapshotDownload(request);
    fixture.server.requests.length = 0;
    expect(await getModel(fixture)).toEqual({ folder: theirs, commit });
    expect(fixture.server.asked(/resolve|cdn/)).toEqual([]);
    fs.rmSync(fixture.access.cache, { recursive: true });
    const { folder } = await getModel(fixture);
    fixture.server.requests.length = 0;
    const file = await downloadFileToCacheDir({ ...request, path: "model.safetensors", revision: commit });
    quiet.mockRestore();
    expect(file).toBe(path.join(folder, "model.safetensors"));
    expect(fixture.server.requests).toEqual([]);
  });
});

describe("two at once", () => {
  it("fetch every file once, and end well", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    const [one, two] = await Promise.all([
      getModel(fixture),
      getModel({ ...fixture, progress: new Watched() }),
    ]);
    expect(one).toEqual(two);
    const blobs = fixture.server.asked(/^cdn GET/).map(({ url }) => url);
    expect(new Set(blobs).size).toBe(blobs.length);
  });

  it("go on where a process broke off that is no more", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    const { cache } = fixture.access;
    const lock = path.join(cache, ".locks", "models--someone--tiny-model", `${sha256(weights)}.mos`, "lock");
    const blobs = path.join(cache, "models--someone--tiny-model", "blobs");
    for (const folder of [lock, blobs]) fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(
      path.join(lock, "1.json"),
      JSON.stringify({ pid: 2 ** 22 + 1, processStart: "1", host: "gone" }),
    );
    fs.utimesSync(path.join(lock, "1.json"), 1, 1);
    fs.writeFileSync(path.join(blobs, `${sha256(weights)}.mos.incomplete`), weights.subarray(0, 250_000));
    await getModel(fixture);
    expect(fixture.server.asked(/^cdn/).map(({ headers }) => headers.range)).toEqual(["bytes=250000-"]);
  });
});

describe("cancelling", () => {
  it("ends a download at once, and keeps what has arrived", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, { "config.json": "{}", "model.safetensors": weights });
    fixture.server.fail(/^cdn/, { stallAfter: 150_000 });
    const cancellation = new AbortController();
    const show = fixture.progress.show.bind(fixture.progress);
    fixture.progress.show = (state) => {
      show(state);
      if (state.done >= 150_000) cancellation.abort();
    };
    const failure = await failureOf(getModel(fixture, {}, cancellation.signal));
    expect(failure.reason).toBe("cancelled");
    expect(isPartThere(fixture.access.cache)).toBe(true);
    const early = await failureOf(getModel(fixture, {}, AbortSignal.abort()));
    expect(early.reason).toBe("cancelled");
  });
});

describe("a mirror", () => {
  it("below a path of its own serves what the Hub's own addresses name", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    const next = { link: '<https://huggingface.co/api/models/more?cursor=1>; rel="next"' };
    fixture.server.fail(/^hub GET \/hf\/api.*revision/, {
      status: 307,
      headers: { location: `/api/models/${MODEL}/revision/main` },
    });
    fixture.server.fail(/^hub GET \/hf\/api.*tree/, { status: 200, headers: next, body: "[]" });
    fixture.server.fail(/^hub GET \/hf\/api\/models\/more/, {
      status: 307,
      headers: { location: `/api/models/${MODEL}/tree/main?recursive=true` },
    });
    fixture.server.fail(/^hub GET \/hf\/someone/, { status: 307, headers: { location: "/gone" } }, 99);
    const failure = await failureOf(getModel(fixture, { endpoint: `${fixture.server.endpoint}/hf` }));
    // All the lists came through the mirror; the files are asked of it, too.
    expect(failure.message).toMatch(/^There is no .* of the model "someone\/tiny-model"/);
    expect(fixture.server.asked(/\/hf\/api\/models\/more/)).toHaveLength(1);
  });

  it("without hashes is used as Python uses it: files are named by what its ETag says", async () => {
    const fixture = await hubFixture();
    fixture.server.push("model", MODEL, modelFiles);
    fixture.server.repository("model", MODEL).entry = ({ type, path: name, size }) => ({
      type,
      path: name,
      size,
    });
    const { folder } = await getModel(fixture);
    expect(path.basename(fs.readlinkSync(path.join(folder, "model.safetensors")))).toBe(sha256(weights));
    fs.rmSync(path.join(fixture.access.cache, "models--someone--tiny-model"), { recursive: true });
    fixture.server.fail(/^cdn GET/, { damage: true });
    expect((await failureOf(getModel(fixture))).reason).toBe("hub-damaged");
  });
});

describe("a data set", () => {
  it("is fetched as the files of its training split, in the order of their names", async () => {
    const fixture = await hubFixture();
    const shard = (number: number) => `data/train-0000${number}-of-00002.parquet`;
    const commit = fixture.server.push("dataset", "someone/rows", {
      "README.md": "# Rows",
      [shard(1)]: noise(100, 1),
      [shard(0)]: noise(200, 2),
      "data/test-00000-of-00001.parquet": noise(300, 3),
    });
    const found = await getDataset(fixture);
    const folder = path.join(fixture.access.cache, "datasets--someone--rows", "snapshots", commit);
    expect(found).toEqual({ files: [path.join(folder, shard(0)), path.join(folder, shard(1))], commit });
    expect(fs.readFileSync(found.files[0]!).equals(noise(200, 2))).toBe(true);
    expect(fs.existsSync(path.join(folder, "data/test-00000-of-00001.parquet"))).toBe(false);
  });

  it("is fetched from a revision with slashes, by a pattern", async () => {
    const fixture = await hubFixture();
    const files = { "a/train/0000.parquet": "1", "b/train/0000.parquet": "2", "b/test/0000.parquet": "3" };
    const commit = fixture.server.push("dataset", "someone/rows", files, "refs/convert/parquet");
    const found = await getDataset(fixture, "b/train/*.parquet", "refs/convert/parquet");
    expect(found.files.map((file) => file.split(commit)[1])).toEqual([`${path.sep}b/train/0000.parquet`]);
    expect(fixture.server.asked(/revision\/refs\/convert\/parquet/)).toHaveLength(1);
    expect(await getDataset(fixture, "b/train/*.parquet", "refs/convert/parquet", { offline: true })).toEqual(
      found,
    );
  });

  it("lists its files in as many pages as they need", async () => {
    const fixture = await hubFixture();
    fixture.server.pageSize = 7;
    const names = Array.from({ length: 40 }, (_, index) => `part-${String(index).padStart(3, "0")}.jsonl`);
    fixture.server.push(
      "dataset",
      "someone/rows",
      Object.fromEntries(names.map((name) => [name, `"${name}"`])),
    );
    expect((await getDataset(fixture)).files.map((file) => path.basename(file))).toEqual(names);
    expect(fixture.server.asked(/tree/)).toHaveLength(6);
  });

  it("is not half of one when only the cache is there", async () => {
    const fixture = await hubFixture();
    const shards = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"];
    fixture.server.push("dataset", "someone/rows", Object.fromEntries(shards.map((name) => [name, name])));
    const { files } = await getDataset(fixture);
    fs.rmSync(files[1]!);
    fs.rmSync(path.join(fixture.access.cache, "datasets--someone--rows", "trees"), { recursive: true });
    const failure = await failureOf(getDataset(fixture, null, "main", { offline: true }));
    expect(failure.message).toContain("data/train-00001-of-00002.parquet of the dataset");
  });
});
