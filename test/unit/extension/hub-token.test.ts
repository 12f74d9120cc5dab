import { describe, expect, it } from "vitest";
import type { SecretStorage } from "vscode";
import { HubToken, hubTokenProblem } from "../../../extension/hub-token";

function keychain(): { secrets: SecretStorage; kept: Map<string, string> } {
  const kept = new Map<string, string>();
  const secrets = {
    get: async (key: string) => kept.get(key),
    store: async (key: string, value: string) => void kept.set(key, value),
    delete: async (key: string) => void kept.delete(key),
    onDidChange: () => ({ dispose() {} }),
    keys: async () => [...kept.keys()],
  };
  return { secrets, kept };
}

const runtime = { executable: "/node", environment: { PATH: "/bin", HF_TOKEN: "hf_ofTheShell" } };

describe("the token for the Hub", () => {
  it("is kept by the keychain, and handed to a process in its environment alone", async () => {
    const { secrets, kept } = keychain();
    const token = new HubToken(secrets);
    await token.set("  hf_ofTheEditor\n");
    expect([...kept.values()]).toEqual(["hf_ofTheEditor"]);
    expect(await token.isSet()).toBe(true);
    expect(await token.handedTo(runtime)).toEqual({
      executable: "/node",
      environment: { PATH: "/bin", HF_TOKEN: "hf_ofTheEditor" },
    });
    expect(runtime.environment.HF_TOKEN).toBe("hf_ofTheShell");
    expect(JSON.stringify(token)).not.toContain("hf_ofTheEditor");
  });

  it("leaves the environment's own in place when there is none, or none any more", async () => {
    const token = new HubToken(keychain().secrets);
    expect(await token.handedTo(runtime)).toBe(runtime);
    await token.set("hf_x");
    await token.forget();
    expect(await token.isSet()).toBe(false);
    expect(await token.handedTo(runtime)).toBe(runtime);
  });

  it.each(["", "  ", "hf_a b", "hf_é"])("is no token: %j", (typed) => {
    expect(hubTokenProblem(typed)).not.toBeNull();
  });

  it("may stand between spaces, as it is pasted", () => {
    expect(hubTokenProblem(" hf_abc\n")).toBeNull();
  });
});
