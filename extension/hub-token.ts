import type { SecretStorage } from "vscode";
import type { NodeRuntime } from "./runs/node-runtime";

const KEY = "mos.huggingFaceToken";

/**
 * The user's token for the Hugging Face Hub, in VS Code's SecretStorage (the system's keychain). It leaves it for the environment
 * of the processes that download, and for nothing else.
 */
export class HubToken {
  constructor(private readonly secrets: SecretStorage) {}

  async isSet(): Promise<boolean> {
    return (await this.secrets.get(KEY)) !== undefined;
  }

  async set(token: string): Promise<void> {
    await this.secrets.store(KEY, token.trim());
  }

  async forget(): Promise<void> {
    await this.secrets.delete(KEY);
  }

  /** Over a token that the window's own environment has: this one was given to this editor on purpose. */
  async handedTo(runtime: NodeRuntime): Promise<NodeRuntime> {
    const token = await this.secrets.get(KEY);
    if (token === undefined) return runtime;
    return { ...runtime, environment: { ...runtime.environment, HF_TOKEN: token } };
  }
}

/** Why what was typed cannot be a token; null: it can. The token itself is not repeated. */
export function hubTokenProblem(typed: string): string | null {
  const token = typed.trim();
  if (token === "") return "A token is needed. It begins with hf_.";
  if (!/^[\x21-\x7e]+$/.test(token)) return "A token holds no spaces and no letters but those of English.";
  return null;
}
