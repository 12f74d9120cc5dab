/**
 * Renders Jinja with @huggingface/jinja's interpreter, within bounds. A chat template comes with a model from anywhere: one that
 * loops for ever, recurses, or doubles a string forty times must neither hang the process nor eat its memory.
 *
 * Every evaluation of a node is counted, every value's size is bounded, and what can make much out of little (`replace`, `join`)
 * or look at much for a small result (`in`, `strip`) is paid for before it is done.
 */
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { pythonStrip, type StripMethod } from "./python-strip";

type Program = Parameters<Interpreter["run"]>[0];
type RuntimeValue = ReturnType<Interpreter["evaluate"]>;
type Statement = NonNullable<Parameters<Interpreter["evaluate"]>[0]>;

/** Published templates have up to some 30 KB. */
export const LONGEST_TEMPLATE = 2 ** 18;
/** The library's lexer takes quadratic time for a run of blanks. */
const LONGEST_BLANK = 4096;

const STEPS = 1_000_000;
const STEPS_PER_MESSAGE = 10_000;
/** A loop keeps a scope for each of its items. */
const STEPS_PER_LOOP_ITEM = 8;
const LONGEST_RANGE = 100_000;
/** Of one text, or of a list written as text. */
const CHARACTERS = 4_000_000;
const CHARACTERS_PER_GIVEN = 8;
/** What is written into blocks adds up unseen until they end, and once more for every block around them. */
const OUTPUT_PER_LONGEST = 2;
/** Characters copied and searched in all. */
const WORK = 64_000_000;
const WORK_PER_GIVEN = 64;
const WORK_PER_ITEM = 32;
const WIDEST_INDENT = 64;
/** Of evaluations within evaluations. Beyond some thousands the engine has no stack left, which the library partly hides. */
const DEEPEST = 500;

/** The template does more than any template needs for such a conversation. */
export class TooMuchWork extends Error {}

/** The template called `raise_exception`. */
export class Refusal extends Error {}

export interface JinjaProgram {
  readonly program: Program;
  readonly facts: SyntaxFacts;
}

export interface JinjaInput {
  scope: JinjaScope;
  /** Plain JSON values and functions of plain JSON values. */
  variables: Record<string, unknown>;
  /** Called by `{% call name() %}...{% endcall %}` with what is between them; gives what is written instead. */
  blocks: Record<string, (written: string) => string>;
  /** Size of what is rendered, which the bounds grow with. */
  messages: number;
  characters: number;
}

/** Throws an Error that says what is wrong with the source. */
export function parseJinja(source: string): JinjaProgram {
  if (source.length > LONGEST_TEMPLATE) {
    throw new Error(`it has ${source.length} characters, more than ${LONGEST_TEMPLATE}`);
  }
  if (new RegExp(`\\s{${LONGEST_BLANK}}`).test(source)) {
    throw new Error(`it has more than ${LONGEST_BLANK} blanks in a row`);
  }
  try {
    // As transformers sets up Jinja for chat templates.
    const program = parse(tokenize(source, { trim_blocks: true, lstrip_blocks: true }));
    return { program, facts: readSyntax(program) };
  } catch (error) {
    if (error instanceof RangeError) throw new Error("it nests too deeply");
    throw error;
  }
}

/** Throws Refusal, TooMuchWork, or the interpreter's own Error. */
export function renderJinja({ program, facts }: JinjaProgram, input: JinjaInput): string {
  try {
    const interpreter = new BoundedInterpreter(environmentOf(input), facts, input);
    return String(interpreter.run(program).value);
  } catch (error) {
    // No room on the stack, or a string longer than the engine can hold.
    if (error instanceof RangeError) throw new TooMuchWork(error.message);
    throw error;
  }
}

/** Variables that stay as they are from one text to the next. */
export type JinjaScope = Environment;

/** Made once for a template: the library takes longer to make a text of a string than to render a short conversation. */
export function jinjaScope(variables: Record<string, unknown>): JinjaScope {
  const scope = new Environment();
  const constants = { false: false, true: true, none: null, False: false, True: true, None: null };
  const given = { ...constants, raise_exception: refuse, range, ...variables };
  for (const [name, value] of Object.entries(given)) scope.set(name, value);
  return scope;
}

function environmentOf({ scope, variables, blocks }: JinjaInput): Environment {
  const environment = new Environment(scope);
  for (const [name, value] of Object.entries(variables)) environment.set(name, value);
  for (const [name, write] of Object.entries(blocks)) addBlock(environment, name, write);
  return environment;
}

function refuse(reason: unknown): never {
  throw new Refusal(String(reason));
}

function range(start: number, stop?: number | null, step = 1): number[] {
  const [from, to] = stop === undefined || stop === null ? [0, start] : [start, stop];
  if (![from, to, step].every(Number.isSafeInteger) || step === 0) {
    throw new Error("range() needs integers, and a step that is not 0");
  }
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (length > LONGEST_RANGE) throw new TooMuchWork(`range() of ${length} numbers`);
  return Array.from({ length }, (_, index) => from + index * step);
}

/** A function that meets its caller's scope, where the library keeps the block's body as `caller`. */
function addBlock(environment: Environment, name: string, write: (written: string) => string): void {
  const block = environment.set(name, () => null) as RuntimeValue & { value: unknown };
  block.value = (_: RuntimeValue[], scope: Environment): RuntimeValue => {
    const caller = scope.lookupVariable("caller").value as unknown as (args: RuntimeValue[]) => RuntimeValue;
    return new Environment().set("written", write(String(caller([]).value)));
  };
}

/** A node of the syntax tree with the members that are looked at here. */
interface Node {
  type: string;
  operator?: { value: string };
  left?: Statement;
  right?: Statement;
  operand?: Statement;
  filter?: Node;
  callee?: Node;
  object?: Statement;
  property?: Node;
  computed?: boolean;
  args?: Node[];
  iterable?: Node & { lhs?: object };
  body?: Node[];
  loopvar?: Node;
  kept?: ReadonlySet<string>;
  value?: unknown;
}

/** What is known of a template's nodes before it runs. */
interface SyntaxFacts {
  /** What loops go over. */
  iterables: WeakSet<object>;
  /** Expressions that are written into the text. */
  outputs: WeakSet<object>;
  /** Nodes within a macro or a call block: the library walks over them when it meets one. */
  weights: WeakMap<object, number>;
}

function readSyntax(program: Program): SyntaxFacts {
  const facts: SyntaxFacts = { iterables: new WeakSet(), outputs: new WeakSet(), weights: new WeakMap() };
  const walk = (value: unknown): number => {
    if (value instanceof Map) return walk([...value].flat());
    if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + walk(item), 0);
    if (typeof value !== "object" || value === null) return 0;
    const node = value as Node & Record<string, unknown>;
    if (node.type === "For") {
      facts.iterables.add(node.iterable?.lhs ?? node.iterable ?? node);
      node.body?.unshift({
        type: "NextRound",
        kept: new Set(["loop", "namespace", ...namesIn(node.loopvar)]),
      });
    }
    let count = 1;
    for (const [name, member] of Object.entries(node)) {
      const block = ["body", "alternate", "defaultBlock"].includes(name) && Array.isArray(member);
      if (block) for (const child of member as object[]) facts.outputs.add(child);
      count += walk(member);
    }
    if (node.type === "Macro" || node.type === "CallStatement") facts.weights.set(node, count);
    return count;
  };
  walk(program);
  return facts;
}

function namesIn(target: Node | undefined): string[] {
  if (target?.type === "Identifier") return [String(target.value)];
  return Array.isArray(target?.value) ? (target.value as Node[]).flatMap(namesIn) : [];
}

/** How long it is as text, and how deep lists lie within each other. */
interface Size {
  characters: number;
  depth: number;
}

/** Filters and methods whose cost is not that of what they are given or give. */
const costly = new Set(["replace", "join", "indent", "tojson", "split", "sort", "dictsort", "unique"]);
const UNCALLED_METHOD = "a method of a text must be called where it is named";
const comparing = new Set(["in", "not in", "==", "!="]);

class BoundedInterpreter extends Interpreter {
  #steps: number;
  #work: number;
  #depth = 0;
  #output: number;
  readonly #longest: number;
  readonly #facts: SyntaxFacts;
  readonly #sizes = new WeakMap<object, Size>();

  constructor(environment: Environment, facts: SyntaxFacts, { messages, characters }: JinjaInput) {
    super(environment);
    this.#facts = facts;
    this.#steps = STEPS + STEPS_PER_MESSAGE * messages;
    this.#work = WORK + WORK_PER_GIVEN * characters;
    this.#longest = CHARACTERS + CHARACTERS_PER_GIVEN * characters;
    this.#output = OUTPUT_PER_LONGEST * this.#longest;
  }

  override evaluate(statement: Statement | undefined, environment: Environment): RuntimeValue {
    if (statement === undefined) return super.evaluate(statement, environment);
    const node = statement as unknown as Node;
    if (node.type === "Constant") return node.value as RuntimeValue;
    if (node.type === "NextRound") return this.#forgetLastRound(node.kept!, environment);
    // Paid for with the call that it is the callee of.
    if (node.type === "CalledMember") {
      return super.evaluate({ ...node, type: "MemberExpression" } as unknown as Statement, environment);
    }
    this.#step(1 + (this.#facts.weights.get(node) ?? 0));
    if (++this.#depth > DEEPEST) throw new TooMuchWork("too deep a recursion");
    try {
      const paid = this.#paidFor(node, environment);
      const value = (isConstant(paid) ? paid.value : super.evaluate(paid, environment)) as
        | RuntimeValue
        | undefined;
      // The library gives nothing for the first of no items.
      if (value === undefined) return super.evaluate(undefined, environment);
      this.#payResult(node, value);
      return value;
    } finally {
      // `break` and `continue` are thrown.
      this.#depth--;
    }
  }

  /** In Jinja each round of a loop begins without what the one before has set; in the library they share it. */
  #forgetLastRound(kept: ReadonlySet<string>, { variables }: Environment): RuntimeValue {
    for (const name of variables.keys()) if (!kept.has(name)) variables.delete(name);
    return super.evaluate(undefined, this.global);
  }

  #payResult(node: Node, value: RuntimeValue): void {
    const { characters } = this.#measure(value);
    if (this.#facts.outputs.has(node)) this.#write(characters);
    else if (node.type !== "Identifier" && node.type !== "StringLiteral") this.#spend(work(value));
    if (this.#facts.iterables.has(node)) this.#step(STEPS_PER_LOOP_ITEM * extent(value));
  }

  /** The node with those operands evaluated that its cost depends on; that cost is taken. */
  #paidFor(node: Node, environment: Environment): Statement {
    switch (node.type) {
      case "BinaryExpression":
        if (comparing.has(node.operator!.value)) return this.#paidComparison(node, environment);
        break;
      case "TestExpression": {
        const operand = this.evaluate(node.operand, environment);
        this.#spend(extent(operand));
        return { ...node, operand: constant(operand) } as unknown as Statement;
      }
      case "FilterStatement": {
        const written = { type: "Program", body: node.body } as unknown as Statement;
        return this.#paidFor(
          { type: "FilterExpression", operand: written, filter: node.filter! },
          environment,
        );
      }
      case "FilterExpression":
        return this.#paidFilter(node, environment);
      case "CallExpression":
        if (node.callee!.type === "MemberExpression") return this.#paidMethod(node, environment);
        break;
      case "MemberExpression":
        return this.#paidMember(node, environment);
    }
    return node as unknown as Statement;
  }

  #paidMember(node: Node, environment: Environment): Statement {
    const object = this.evaluate(node.object, environment);
    const member = this.#namedMember(node, environment);
    if (member.property?.type === "SliceExpression") this.#spend(4 * extent(object));
    // A method that is kept for later could not be paid for. No template for chats does that.
    if (typeof object.value === "string" && costly.has(nameOf(member))) throw new Error(UNCALLED_METHOD);
    return { ...member, object: constant(object) } as unknown as Statement;
  }

  /** With its property evaluated. */
  #namedMember(node: Node, environment: Environment): Node {
    if (node.computed !== true || node.property?.type === "SliceExpression") return node;
    const property = constant(this.evaluate(node.property as unknown as Statement, environment));
    return { ...node, property: property as unknown as Node };
  }

  #paidComparison(node: Node, environment: Environment): Statement {
    const left = this.evaluate(node.left, environment);
    const right = this.evaluate(node.right, environment);
    if (node.operator!.value.endsWith("in")) this.#paySearch(right, left);
    else this.#spend(Math.min(extent(left), extent(right)));
    return { ...node, left: constant(left), right: constant(right) } as unknown as Statement;
  }

  #paidFilter(node: Node, environment: Environment): Statement {
    const call = node.filter!.type === "CallExpression" ? node.filter! : null;
    const name = String(call === null ? node.filter!.value : call.callee?.value);
    const operand = this.evaluate(node.operand, environment);
    this.#spend(extent(operand));
    if (typeof operand.value === "string" && name === "trim") {
      return strip(operand.value, "strip", this.#constantArguments(call?.args ?? [], environment));
    }
    const written = name === "string" ? pythonConstant(operand) : null;
    if (written !== null) return constant(new Environment().set("text", written));
    const args = costly.has(name) ? this.#constantArguments(call?.args ?? [], environment) : call?.args;
    if (costly.has(name)) this.#payCostly(name, operand, args as Node[]);
    const filter = call === null ? node.filter : { ...call, args };
    return { ...node, operand: constant(operand), filter } as unknown as Statement;
  }

  #paidMethod(node: Node, environment: Environment): Statement {
    const member = this.#namedMember(node.callee!, environment);
    const name = nameOf(member);
    const object = this.evaluate(member.object, environment);
    this.#spend(extent(object));
    if (typeof object.value === "string" && isStrip(name)) {
      return strip(object.value, name, this.#constantArguments(node.args ?? [], environment));
    }
    const args = costly.has(name) ? this.#constantArguments(node.args ?? [], environment) : node.args;
    if (costly.has(name)) this.#payCostly(name, object, args as Node[]);
    const called = { ...member, type: "CalledMember" };
    return { ...node, callee: { ...called, object: constant(object) }, args } as unknown as Statement;
  }

  #constantArguments(args: Node[], environment: Environment): Node[] {
    return args.map((arg) => {
      if (arg.type === "KeywordArgumentExpression") {
        return { ...arg, value: constant(this.evaluate(arg.value as Statement, environment)) };
      }
      if (arg.type.endsWith("SpreadExpression")) throw new Error("unpacked arguments are not supported here");
      return constant(this.evaluate(arg as unknown as Statement, environment)) as unknown as Node;
    });
  }

  #payCostly(name: string, operand: RuntimeValue, args: readonly Node[]): void {
    const values = args.map((arg) => {
      return (arg.type === "Constant" ? arg.value : (arg.value as Node).value) as RuntimeValue;
    });
    const { characters, depth } = this.#measure(operand);
    const longest = values.reduce((most, value) => Math.max(most, this.#measure(value).characters), 0);
    const width = values.reduce(
      (most, { value }) => Math.max(most, typeof value === "number" ? value : 0),
      0,
    );
    switch (name) {
      case "replace":
        this.#payReplace(operand, values);
        break;
      case "split":
        this.#paySplit(operand, values[0]);
        break;
      case "join":
        this.#mustFit(characters + extent(operand) * longest);
        break;
      case "indent":
        this.#mustFit(characters + countOf("\n", operand) * Math.max(width, 4));
        break;
      case "tojson":
        if (width > WIDEST_INDENT) throw new TooMuchWork(`an indent of ${width} characters`);
        this.#mustFit(characters * (1 + longest + width * depth));
        break;
      default:
        this.#spend(characters * Math.ceil(Math.log2(2 + extent(operand))));
    }
  }

  #paySplit(operand: RuntimeValue, separator: RuntimeValue | undefined): void {
    const atBlanks = typeof separator?.value !== "string";
    if (!atBlanks) this.#paySearch(operand, separator);
    this.#spend((atBlanks ? extent(operand) : countOf(separator.value, operand)) * WORK_PER_ITEM);
  }

  #payReplace(operand: RuntimeValue, [old, by]: readonly RuntimeValue[]): void {
    if (old === undefined || by === undefined) return;
    this.#paySearch(operand, old);
    const count = typeof old.value === "string" ? countOf(old.value, operand) : 0;
    this.#mustFit(extent(operand) + count * extent(by));
  }

  /** Looking for a text takes at worst the product of both lengths. */
  #paySearch(where: RuntimeValue, what: RuntimeValue): void {
    const both = typeof where.value === "string" && typeof what.value === "string";
    this.#spend(both ? extent(where) * (1 + extent(what) / 16) : this.#measure(where).characters);
  }

  #step(count: number): void {
    this.#steps -= count;
    if (this.#steps < 0) throw new TooMuchWork("too many steps");
  }

  #spend(characters: number): void {
    this.#work -= characters;
    if (this.#work < 0) throw new TooMuchWork("too much text in all");
  }

  #write(characters: number): void {
    this.#spend(characters);
    this.#output -= characters;
    if (this.#output < 0) throw new TooMuchWork("too much text in all");
  }

  #mustFit(characters: number): void {
    if (characters > this.#longest)
      throw new TooMuchWork(`a text or list of ${Math.round(characters)} characters`);
  }

  #measure(value: RuntimeValue): Size {
    const content: unknown = value.value;
    if (typeof content === "string") {
      this.#mustFit(content.length);
      return { characters: content.length, depth: 0 };
    }
    if (!Array.isArray(content) && !(content instanceof Map)) return { characters: 0, depth: 0 };
    const known = this.#sizes.get(value);
    if (known !== undefined) return known;
    const size = this.#add(content);
    this.#mustFit(size.characters);
    // A namespace changes.
    if (value.type !== "NamespaceValue") this.#sizes.set(value, size);
    return size;
  }

  #add(content: readonly RuntimeValue[] | ReadonlyMap<string, RuntimeValue>): Size {
    const size = { characters: 2, depth: 1 };
    for (const [key, item] of content.entries()) {
      // What it is a part of would change, too, after it was measured.
      if (item.type === "NamespaceValue")
        throw new Error("a namespace within another value is not supported");
      const inner = this.#measure(item);
      size.characters += inner.characters + 4 + (typeof key === "string" ? key.length : 0);
      size.depth = Math.max(size.depth, inner.depth + 1);
    }
    return size;
  }
}

/** Characters of a text, items of a list. */
function extent({ value }: RuntimeValue): number {
  const content: unknown = value;
  if (typeof content === "string" || Array.isArray(content)) return content.length;
  return content instanceof Map ? content.size : 1;
}

function work(value: RuntimeValue): number {
  return extent(value) * (typeof value.value === "string" ? 1 : WORK_PER_ITEM);
}

function countOf(part: string, { value }: RuntimeValue): number {
  const content: unknown = value;
  if (typeof content !== "string") return 0;
  return part === "" ? content.length + 1 : content.split(part).length - 1;
}

/** As Python writes what the library writes otherwise or refuses to; null for anything else. */
function pythonConstant({ type, value }: RuntimeValue): string | null {
  if (type === "NullValue") return "None";
  if (type === "UndefinedValue") return "";
  if (type !== "BooleanValue") return null;
  return value ? "True" : "False";
}

/** Of a member whose property is evaluated; "" where it is a number or a slice. */
function nameOf({ computed, property }: Node): string {
  if (computed !== true) return String(property?.value);
  const name = property?.type === "Constant" ? (property.value as RuntimeValue).value : null;
  return typeof name === "string" ? name : "";
}

function isStrip(name: string): name is StripMethod {
  return name === "strip" || name === "lstrip" || name === "rstrip";
}

/** The library's own leave out blanks whatever they are told to, and not the same as Python's. */
function strip(text: string, method: StripMethod, args: readonly Node[]): Statement {
  const given = args[0]?.type === "Constant" ? (args[0].value as RuntimeValue).value : null;
  const stripped = pythonStrip(text, method, typeof given === "string" ? given : null);
  return constant(new Environment().set("text", stripped));
}

function isConstant(statement: Statement): statement is Statement & { value: RuntimeValue } {
  return (statement.type as string) === "Constant";
}

/** A node that is a value already. */
function constant(value: RuntimeValue): Statement {
  return { type: "Constant", value } as unknown as Statement;
}
