/**
 * Where the Hub is, who asks, and where the downloads lie: from the environment variables of Python's huggingface_hub, so that
 * both agree (https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables).
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

export interface HubAccess {
  /** Address of the Hub, without a slash at its end. */
  readonly endpoint: string;
  /** Sent to the endpoint and to nobody else; never written anywhere. */
  readonly token: string | null;
  /** Nothing is asked of the network. */
  readonly offline: boolean;
  /** Folder of the cache that is shared with Python's libraries. */
  readonly cache: string;
}

export const DEFAULT_ENDPOINT = "https://huggingface.co";

type Environment = Readonly<Record<string, string | undefined>>;

export function hubAccess(environment: Environment): HubAccess {
  const home = hubHome(environment);
  const cache = environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE;
  const access = {
    endpoint: (environment.HF_ENDPOINT || DEFAULT_ENDPOINT).replace(/\/+$/, ""),
    offline: isTrue(environment.HF_HUB_OFFLINE || environment.TRANSFORMERS_OFFLINE),
    cache: cache ? expand(cache, environment) : path.join(home, "hub"),
  };
  // Not enumerable: whoever prints or serializes the object shows no token.
  return Object.defineProperty(access, "token", { value: tokenOf(environment, home) }) as HubAccess;
}

/** Environment variables that hold a token. */
export const tokenVariables = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] as const;

function tokenOf(environment: Environment, home: string): string | null {
  if (isTrue(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return null;
  for (const name of tokenVariables) {
    const token = cleanToken(environment[name] ?? "");
    if (token !== null) return token;
  }
  const file = environment.HF_TOKEN_PATH;
  return readToken(file ? expand(file, environment) : path.join(home, "token"));
}

/** A file that cannot be read is no token: most repositories need none. */
function readToken(file: string): string | null {
  try {
    return cleanToken(fs.readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

function cleanToken(text: string): string | null {
  return text.replace(/[\r\n]/g, "").trim() || null;
}

function hubHome(environment: Environment): string {
  if (environment.HF_HOME) return expand(environment.HF_HOME, environment);
  return path.join(environment.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "huggingface");
}

/** `~` and `$NAME`, as Python's `expanduser` and `expandvars`. */
function expand(written: string, environment: Environment): string {
  const atHome = written.replace(/^~(?=$|[\\/])/, os.homedir());
  return path.resolve(
    atHome.replace(
      /\$(?:(\w+)|\{(\w+)\})/g,
      (whole, bare, braced) => environment[(bare ?? braced) as string] ?? whole,
    ),
  );
}

function isTrue(value: string | undefined): boolean {
  return ["1", "ON", "YES", "TRUE"].includes((value ?? "").toUpperCase());
}
