/** Entry of a data worker: a thread that reads, checks and tokenizes rows, so that the host's own thread is free. */
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../../../contracts/user-error";
import { Breather } from "../breather";
import { renderingOf, templateSource } from "../chat-template";
import { type EncodingRecipe, encodeRows } from "../examples/encode-rows";
import { findOverlap } from "../overlap";
import { openDescribed, openRows, type RowSource, type RowSourceDescription } from "../rows/row-source";
import { openRunTokenizer } from "../run-tokenizer";
import { type SelectedRows, surveyRows } from "../survey/survey";
import { readSurvey, surveyFile, writeSurvey } from "../survey/survey-file";
import { loadTokenizer, type Tokenizer } from "../tokenizer";
import type {
  DataFailure,
  DataRequest,
  DataTaskName,
  DataTasks,
  EncodingSetup,
  FromDataWorker,
  ToDataWorker,
} from "./data-tasks";
import { Pulse } from "./pulse";

export interface DataWorkerSetup {
  pulse: SharedArrayBuffer;
}

/** Milliseconds of work before urgent requests are looked for. */
const URGENT_AFTER = 10;

type Handler<Name extends DataTaskName> = (
  give: DataTasks[Name]["give"],
  tools: { share(share: number): void; beforeRow(place: string): void | Promise<void> },
) => Promise<DataTasks[Name]["get"]>;

class DataWorker {
  readonly #pulse = new Pulse((workerData as DataWorkerSetup).pulse);
  readonly #waiting: DataRequest[] = [];
  readonly #urgent: DataRequest[] = [];
  readonly #setups = new Map<string, EncodingSetup>();
  readonly #sources = new Map<string, RowSource>();
  readonly #tokenizers = new Map<string, Promise<Tokenizer>>();
  readonly #recipes = new Map<string, Promise<EncodingRecipe>>();
  readonly #breather = new Breather();
  #isServing = false;
  #looked = performance.now();

  receive(message: ToDataWorker): void {
    if ("setup" in message) {
      this.#setups.set(message.setup, message.encoding);
      return;
    }
    (message.urgent ? this.#urgent : this.#waiting).push(message);
    if (!this.#isServing) void this.#serve();
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    for (;;) {
      const request = this.#urgent.shift() ?? this.#waiting.shift();
      if (request === undefined) break;
      await this.#answer(request);
      this.#pulse.rest();
    }
    this.#isServing = false;
  }

  async #answer({ id, name, give, urgent }: DataRequest): Promise<void> {
    const handler = this.#handlers[name] as Handler<DataTaskName>;
    try {
      const get = await handler(give, {
        share: (share) => send({ id, share }),
        beforeRow: (place) => this.#beforeRow(place, urgent),
      });
      const bytes =
        name === "encode" ? [(get as DataTasks["encode"]["get"]).bytes.buffer as ArrayBuffer] : [];
      send({ id, get }, bytes);
    } catch (error) {
      send({ id, failure: describe(error) });
    }
  }

  /** A long row's successor waits until urgent requests are done. */
  #beforeRow(place: string, urgent: boolean): void | Promise<void> {
    this.#pulse.beat(place);
    const now = performance.now();
    if (urgent || now - this.#looked < URGENT_AFTER) return;
    this.#looked = now;
    return this.#answerUrgent(place);
  }

  async #answerUrgent(place: string): Promise<void> {
    // Messages arrive only when the thread's loop has a turn.
    await new Promise((resolve) => setImmediate(resolve));
    for (let request = this.#urgent.shift(); request; request = this.#urgent.shift())
      await this.#answer(request);
    this.#pulse.beat(place);
    this.#looked = performance.now();
  }

  /** Between pieces of work that belong to no row. */
  #breathe(): Promise<void> {
    this.#pulse.rest();
    return this.#breather.breathe();
  }

  readonly #handlers: { [Name in DataTaskName]: Handler<Name> } = {
    open: async ({ location, cacheFolder }, { share }) => {
      const source = await openRows(location, { cacheFolder, onProgress: throttled(share) });
      const key = keyOf(source);
      await this.#sources.get(key)?.close();
      this.#sources.set(key, source);
      return source.description;
    },

    survey: async ({ description, folder, options }, { share, beforeRow }) => {
      const file = surveyFile(folder, description, options);
      const tell = throttled(share);
      let survey = readSurvey(file);
      if (survey === null) {
        survey = await surveyRows(this.#source(description), options, ({ place, bytesRead }) => {
          tell(bytesRead / description.bytes);
          return beforeRow(place);
        });
        writeSurvey(file, survey);
      }
      const { looked, malformed, complaints, duplicates, train, dev } = survey;
      const shown = { looked, malformed, complaints, duplicates };
      return { ...shown, file, train: shared(train), dev: dev && shared(dev) };
    },

    overlap: async ({ sets }) => findOverlap(sets, (description) => this.#source(description)),

    tokenizer: async ({ config, data, template, baseDirectory, runFolder }, { share, beforeRow }) => {
      const sources = data.map((selection) => ({
        ...selection,
        source: this.#source(selection.description),
      }));
      const location = await openRunTokenizer(config, baseDirectory, runFolder, sources, {
        onShare: throttled(share),
        beforeRow,
        breathe: () => this.#breathe(),
      });
      const tokenizer = await this.#tokenizer(location);
      const { vocabSize, bosId, eosId, contentHash, files } = tokenizer;
      const source = await templateSource(tokenizer, template, baseDirectory);
      // Read once here, so that bad Jinja shows before rows are tokenized.
      renderingOf(tokenizer, source);
      return { vocabSize, bosId, eosId, contentHash, files, location, template: source };
    },

    encode: async ({ setup, indices }, { beforeRow }) => {
      const { description, rows } = this.#setups.get(setup)!;
      const recipe = await this.#recipe(setup);
      const numbers = indices.map((index) => rows[index]!);
      return encodeRows(this.#source(description), numbers, recipe, ({ place }) => beforeRow(place));
    },
  };

  #source(description: RowSourceDescription): RowSource {
    const key = keyOf(description);
    const source = this.#sources.get(key) ?? openDescribed(description);
    this.#sources.set(key, source);
    return source;
  }

  #tokenizer(location: string): Promise<Tokenizer> {
    const tokenizer = this.#tokenizers.get(location) ?? loadTokenizer(location);
    this.#tokenizers.set(location, tokenizer);
    return tokenizer;
  }

  #recipe(setup: string): Promise<EncodingRecipe> {
    const known = this.#recipes.get(setup);
    if (known !== undefined) return known;
    const { format, length, malformed, tokenizer: location, template } = this.#setups.get(setup)!;
    const recipe = this.#tokenizer(location).then((tokenizer) => {
      return { format, length, malformed, tokenizer, rendering: renderingOf(tokenizer, template) };
    });
    this.#recipes.set(setup, recipe);
    return recipe;
  }
}

function keyOf({ shown, contentHash }: { shown: string; contentHash: string }): string {
  return `${contentHash} ${shown}`;
}

function send(message: FromDataWorker, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}

/** Ten times a second is often enough for anyone who watches. */
function throttled(tell: (share: number) => void): (share: number) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (share) => {
    const now = performance.now();
    if (now - last < 100) return;
    last = now;
    tell(share);
  };
}

function shared({ rows, contentHash }: SelectedRows) {
  const memory = new Uint32Array(new SharedArrayBuffer(rows.byteLength));
  memory.set(rows);
  return { rows: memory, contentHash };
}

function describe(error: unknown): DataFailure {
  const { message, stack = "" } = error as Error;
  if (error instanceof UserError) return { reason: error.reason, message, advice: error.advice, stack };
  return { reason: null, message, advice: "", stack };
}

const worker = new DataWorker();
parentPort!.on("message", (message: ToDataWorker) => worker.receive(message));
