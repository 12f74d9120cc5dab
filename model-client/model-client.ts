/** A loaded model in a process of its own, as its users see it: open, generate, evaluate, close. */
import { type ChildProcess, fork } from "node:child_process";
import * as v from "valibot";
import {
  type ModelEvaluation,
  type ModelMessage,
  type ModelMessageOf,
  type ModelRequest,
  type ModelRequestOf,
  modelMessageSchema,
  type OpenedModel,
} from "../contracts/model-protocol";
import { UserError, type UserErrorReason } from "../contracts/user-error";

/** What runs the process: the bundle `dist/model-process.js`, and by what. */
export interface ModelProgram {
  script: string;
  /** A Node, or VS Code's own executable with ELECTRON_RUN_AS_NODE in the environment. */
  executable: string;
  environment: Readonly<Record<string, string | undefined>>;
}

export interface GenerationListeners {
  onDelta?(delta: ModelMessageOf<"delta">): void;
  onEnded?(end: ModelMessageOf<"ended">): void;
}

type ProgressListener = (progress: ModelMessageOf<"progress">) => void;
type Asked<Type extends ModelRequest["type"]> = Omit<ModelRequestOf<Type>, "type" | "id">;
type NumberedRequest = Exclude<ModelRequest, { type: "cancel" | "close" }>;
/** A request that its number is yet to be given to. */
type Unnumbered<Request> = Request extends NumberedRequest ? Omit<Request, "id"> : never;

interface Pending {
  onMessage(message: ModelMessage): void;
  settle(message: ModelMessage): void;
  fail(error: Error): void;
}

/** The last of what the process prints: why it ended, should it end without a word. */
const KEPT_COMPLAINTS = 4000;

export class ModelClient {
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private complaints = "";
  private failure: Error | null = null;
  private readonly closed: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.complaints = (this.complaints + text).slice(-KEPT_COMPLAINTS);
    });
    child.on("message", (message) => this.receive(message));
    this.closed = new Promise((resolve) => {
      child.once("error", (error) => {
        this.failAll(
          new UserError("host-lost", `The model's process could not be started: ${error.message}.`),
        );
        resolve();
      });
      // Not "exit": what it printed last comes before "close".
      child.once("close", (code, signal) => {
        this.failAll(unexpectedEnd(code, signal, this.complaints));
        resolve();
      });
    });
  }

  /** Starts the process; it holds no model until `open`. It ends with this one, however this one ends. */
  static start({ script, executable, environment }: ModelProgram): ModelClient {
    return new ModelClient(
      fork(script, [], {
        execPath: executable,
        execArgv: [],
        env: { ...environment },
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      }),
    );
  }

  /**
   * An abort ends the process: reading gigabytes hears nothing.
   * @throws UserError: what is wrong with the model, the adapter, the template or the backend; "cancelled".
   */
  async open(
    request: Asked<"open">,
    onProgress: ProgressListener = () => {},
    signal?: AbortSignal,
  ): Promise<OpenedModel> {
    const cancel = () => void this.end(new UserError("cancelled", "Loading the model was cancelled."));
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted) cancel();
    try {
      const answer = await this.ask({ type: "open", ...request }, passProgress(onProgress));
      return expected(answer, "opened").model;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /**
   * Answers come as deltas while they are written. An abort ends the generation with what there is (reason "cancelled").
   * @throws UserError: a prompt is too long, the template refuses the messages, memory is too small.
   */
  async generate(
    request: Asked<"generate">,
    { onDelta, onEnded }: GenerationListeners = {},
    signal?: AbortSignal,
  ): Promise<ModelMessageOf<"generated">> {
    const onMessage = (message: ModelMessage) => {
      if (message.type === "delta") onDelta?.(message);
      if (message.type === "ended") onEnded?.(message);
    };
    return expected(await this.ask({ type: "generate", ...request }, onMessage, signal), "generated");
  }

  /** @throws UserError: what is wrong with the data; "cancelled" after an abort. */
  async evaluate(
    request: Asked<"evaluate">,
    onProgress: ProgressListener = () => {},
    signal?: AbortSignal,
  ): Promise<ModelEvaluation> {
    const answer = await this.ask({ type: "evaluate", ...request }, passProgress(onProgress), signal);
    return expected(answer, "evaluated").evaluation;
  }

  /** Resolves when the process has ended. Requests under way fail. Idempotent. */
  close(): Promise<void> {
    return this.end(new UserError("cancelled", "The model was closed."));
  }

  private async end(why: Error): Promise<void> {
    this.failAll(why);
    // Not by disconnecting: a computation that lasts would keep it from hearing, and Node then never tells "close".
    this.child.kill("SIGTERM");
    await this.closed;
  }

  private ask(
    request: Unnumbered<NumberedRequest>,
    onMessage: (message: ModelMessage) => void,
    signal?: AbortSignal,
  ): Promise<ModelMessage> {
    const id = this.nextId++;
    const cancel = () => this.send({ type: "cancel", id });
    const answer = new Promise<ModelMessage>((settle, fail) => {
      if (this.failure) return fail(this.failure);
      this.pending.set(id, { onMessage, settle, fail });
      this.send({ ...request, id } as NumberedRequest);
      if (signal?.aborted) cancel();
      else signal?.addEventListener("abort", cancel);
    });
    return answer.finally(() => {
      this.pending.delete(id);
      signal?.removeEventListener("abort", cancel);
    });
  }

  private send(request: ModelRequest): void {
    // A channel that has broken is told by "close".
    if (this.child.connected) this.child.send(request, () => {});
  }

  private receive(value: unknown): void {
    const parsed = v.safeParse(modelMessageSchema, value);
    if (parsed.success) this.dispatch(parsed.output);
    else {
      const problem = v.summarize(parsed.issues).replaceAll("\n", " ");
      this.failAll(new Error(`the model's process sent what is no message: ${problem}`));
    }
  }

  private dispatch(message: ModelMessage): void {
    const pending = this.pending.get(message.id);
    switch (message.type) {
      case "progress":
      case "delta":
      case "ended":
        pending?.onMessage(message);
        break;
      case "failed":
        pending?.fail(failureOf(message));
        break;
      default:
        pending?.settle(message);
    }
  }

  private failAll(error: Error): void {
    this.failure ??= error;
    for (const pending of this.pending.values()) pending.fail(this.failure);
    this.pending.clear();
  }
}

function passProgress(onProgress: ProgressListener): (message: ModelMessage) => void {
  return (message) => {
    if (message.type === "progress") onProgress(message);
  };
}

function expected<Type extends ModelMessage["type"]>(
  message: ModelMessage,
  type: Type,
): ModelMessageOf<Type> {
  if (message.type === type) return message as ModelMessageOf<Type>;
  throw new Error(`the model's process answered "${message.type}" where "${type}" was due`);
}

function failureOf({ reason, message, advice }: ModelMessageOf<"failed">): Error {
  return reason === "internal"
    ? new Error(message)
    : new UserError(reason as UserErrorReason, message, advice);
}

function unexpectedEnd(code: number | null, signal: NodeJS.Signals | null, complaints: string): UserError {
  const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
  const isMemory = signal === "SIGKILL" || /out of memory|allocation failed/i.test(complaints);
  return new UserError(
    isMemory ? "out-of-memory" : "host-lost",
    `The model's process ${how}${isMemory ? ", probably for want of memory" : ""}.`,
    isMemory ? "Close other programs, or use a smaller model." : lastLine(complaints),
  );
}

function lastLine(complaints: string): string {
  const lines = complaints.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !/^(at |Node\.js v)/.test(line)).at(-1) ?? "";
}
