import { describe, expect, it } from "vitest";
import { nodeRuntime } from "../../../../extension/runs/node-runtime";

const env = {
  PATH: "/bin",
  VSCODE_IPC_HOOK: "x",
  ELECTRON_RUN_AS_NODE: "1",
  NODE_OPTIONS: "--inspect",
  NODE_CHANNEL_FD: "3",
  NODE_EXTRA_CA_CERTS: "/certs",
};

describe("the Node that runs training hosts", () => {
  it("is the extension host's own, without what VS Code tells its children", () => {
    const runtime = nodeRuntime(null, { execPath: "/node", env, versions: { node: "22.0.0" } });
    expect(runtime).toEqual({
      executable: "/node",
      environment: { PATH: "/bin", NODE_EXTRA_CA_CERTS: "/certs" },
    });
  });

  it("is Electron asked to behave as Node on the desktop", () => {
    const runtime = nodeRuntime("", { execPath: "/code", env, versions: { electron: "34.0.0" } });
    expect(runtime.executable).toBe("/code");
    expect(runtime.environment.ELECTRON_RUN_AS_NODE).toBe("1");
  });

  it("gets our variables, unless the window's environment has others", () => {
    const own = { execPath: "/node", env, versions: {} };
    const { environment } = nodeRuntime(null, own, { PATH: "/ours", MOS_TENSORFLOW: "/storage" });
    expect(environment).toMatchObject({ PATH: "/bin", MOS_TENSORFLOW: "/storage" });
  });

  it("is the one of the setting, never as Electron", () => {
    const runtime = nodeRuntime("/opt/node", { execPath: "/code", env, versions: { electron: "34.0.0" } });
    expect(runtime.executable).toBe("/opt/node");
    expect(runtime.environment).not.toHaveProperty("ELECTRON_RUN_AS_NODE");
  });
});
