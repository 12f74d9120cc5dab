import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { hubAccess } from "../../../../training-host/hub/access";
import { HubConnection } from "../../../../training-host/hub/connection";
import { DownloadMeter } from "../../../../training-host/hub/progress";
import { retryAfterOf } from "../../../../training-host/hub/retries";
import { temporaryFolder, Watched } from "../../../hub/hub-fixture";

describe("access to the Hub", () => {
  const standard = path.join(os.homedir(), ".cache", "huggingface", "hub");

  // As huggingface_hub's constants.py.
  it.each([
    [{}, standard],
    [{ XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub"],
    [{ HF_HOME: "/h", XDG_CACHE_HOME: "/x" }, "/h/hub"],
    [{ HF_HOME: "~/h" }, path.join(os.homedir(), "h", "hub")],
    [{ HUGGINGFACE_HUB_CACHE: "/old", HF_HOME: "/h" }, "/old"],
    [{ HF_HUB_CACHE: "$SCRATCH/hub", HUGGINGFACE_HUB_CACHE: "/old", SCRATCH: "/s" }, "/s/hub"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as a shell's user writes it.
    [{ HF_HUB_CACHE: "${SCRATCH}/$NOBODY", SCRATCH: "/s" }, "/s/$NOBODY"],
  ])("finds the cache by %j", (environment, cache) => {
    expect(hubAccess({ HF_TOKEN: "x", ...environment }).cache).toBe(path.normalize(cache));
  });

  it("finds the token as Python does", () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, "token"), "hf_file\n");
    fs.writeFileSync(path.join(folder, "other"), " hf_other\r\n");
    const token = (environment: NodeJS.ProcessEnv) => hubAccess({ HF_HOME: folder, ...environment }).token;
    expect(token({})).toBe("hf_file");
    expect(token({ HF_TOKEN_PATH: path.join(folder, "other") })).toBe("hf_other");
    expect(token({ HUGGING_FACE_HUB_TOKEN: "hf_old" })).toBe("hf_old");
    expect(token({ HF_TOKEN: " hf_new ", HUGGING_FACE_HUB_TOKEN: "hf_old" })).toBe("hf_new");
    expect(token({ HF_TOKEN: "hf_new", HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" })).toBeNull();
    expect(token({ HF_HOME: path.join(folder, "none") })).toBeNull();
  });

  it("is shown by nothing with its token", () => {
    const access = hubAccess({ HF_TOKEN: "hf_secret" });
    expect(access.token).toBe("hf_secret");
    expect(inspect(access, { depth: 9 }) + JSON.stringify(access) + String(access)).not.toContain(
      "hf_secret",
    );
  });

  it("is offline when asked to be", () => {
    expect(["1", "on", "Yes", "TRUE"].map((value) => hubAccess({ HF_HUB_OFFLINE: value }).offline)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(["0", "", "off"].map((value) => hubAccess({ HF_HUB_OFFLINE: value }).offline)).toEqual([
      false,
      false,
      false,
    ]);
    expect(hubAccess({ TRANSFORMERS_OFFLINE: "1" }).offline).toBe(true);
  });

  it.each(["not an address", "ftp://x", "https://me:hf_secret@host"])(
    "needs a web address: %s",
    (endpoint) => {
      const access = { ...hubAccess({ HF_ENDPOINT: endpoint }), token: null };
      let message = "";
      try {
        new HubConnection(access);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toMatch(/^HF_ENDPOINT /);
      expect(message).not.toContain("hf_secret");
    },
  );

  it("asks a mirror without a slash too many", () => {
    expect(hubAccess({ HF_ENDPOINT: "https://mirror.example/hf/" }).endpoint).toBe(
      "https://mirror.example/hf",
    );
  });
});

describe("how long to wait", () => {
  it.each([
    [{ "retry-after": "12" }, 12],
    [{ "retry-after": "1.5" }, 1.5],
    [{ "retry-after": "Thu, 01 Jan 1970 00:02:00 GMT" }, 60],
    [{ "retry-after": "Thu, 01 Jan 1970 00:00:30 GMT" }, 0],
    [{ "retry-after": "soon" }, null],
    [{ ratelimit: '"api";r=0;t=55', "retry-after": "3" }, 55],
    [{ ratelimit: '"api";r=489;t=189' }, null],
    [{}, null],
  ])("%j: %s seconds", (headers, seconds) => {
    expect(retryAfterOf(new Headers(headers as Record<string, string>), 60_000)).toBe(seconds);
  });
});

describe("a download's progress", () => {
  it("tells the time left by the speed of the last seconds, and counts what was there as done", () => {
    const progress = new Watched();
    let now = 0;
    const meter = new DownloadMeter({ kind: "model", repository: "a/b" }, 1000, progress, () => now);
    meter.had("config.json", 100);
    expect(progress.states.at(-1)).toEqual({
      kind: "model",
      repository: "a/b",
      file: "config.json",
      done: 100,
      total: 1000,
      secondsLeft: null,
    });
    for (now = 1; now <= 5; now++) meter.came("w", 100);
    // 100 bytes a second, 400 left.
    expect(progress.states.at(-1)).toMatchObject({ done: 600, secondsLeft: 4 });
    for (now = 100; now <= 110; now++) meter.came("w", 10);
    expect(progress.states.at(-1)!.secondsLeft).toBeCloseTo(29, 0);
    meter.had("w", -710);
    expect(progress.states.at(-1)!.done).toBe(0);
  });
});
