/** Reads values out of a model's config.json and refuses what is missing or wrong, naming key and file. */
import { UserError } from "../../../contracts/user-error";

const LONGEST_PROBLEM = 400;

type Json = Readonly<Record<string, unknown>>;

export class ConfigReader {
  constructor(
    private readonly values: Json,
    /** Path of the file, and of the section in it, for messages. */
    private readonly place: string,
  ) {}

  /** The parsed file. */
  get json(): Json {
    return this.values;
  }

  /** Whether `key` has a value other than null. */
  has(key: string): boolean {
    return (this.values[key] ?? null) !== null;
  }

  text(key: string, fallback?: string): string {
    const value = this.values[key] ?? fallback;
    if (typeof value !== "string") this.failOn(key, "a string");
    return value;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.values[key] ?? fallback;
    if (typeof value !== "boolean") this.failOn(key, "true or false");
    return value;
  }

  positive(key: string, fallback?: number): number {
    const value = this.values[key] ?? fallback;
    if (typeof value !== "number" || !(value > 0)) this.failOn(key, "a number above 0");
    return value;
  }

  positiveInteger(key: string, fallback?: number): number {
    const value = this.values[key] ?? fallback;
    if (!Number.isSafeInteger(value) || (value as number) < 1) this.failOn(key, "an integer above 0");
    return value as number;
  }

  nonNegativeInteger(key: string, fallback?: number): number {
    const value = this.values[key] ?? fallback;
    if (!Number.isSafeInteger(value) || (value as number) < 0) this.failOn(key, "an integer, 0 or above");
    return value as number;
  }

  /** The object at `key`, null when it is absent or null. */
  section(key: string): ConfigReader | null {
    const value = this.values[key] ?? null;
    if (value === null) return null;
    if (typeof value !== "object" || Array.isArray(value)) this.failOn(key, "an object");
    return new ConfigReader(value as Json, `${key} of ${this.place}`);
  }

  /** Refuses any value of `key` but `supported`; an absent key means `supported`. */
  refuseUnless(key: string, supported: string | number | boolean, subject: string): void {
    const value = this.values[key] ?? supported;
    if (value !== supported)
      this.fail(
        `${key} is ${JSON.stringify(value)}, and ${subject} must be ${JSON.stringify(supported)} for this architecture`,
      );
  }

  /** Much of a problem may be quoted from the file, which may hold anything. */
  fail(problem: string): never {
    const shown = problem.length > LONGEST_PROBLEM ? `${problem.slice(0, LONGEST_PROBLEM)} ...` : problem;
    throw new UserError("bad-model", `${this.place}: ${shown}.`);
  }

  private failOn(key: string, expected: string): never {
    const found = this.values[key];
    this.fail(
      found === undefined
        ? `"${key}" is missing, expected ${expected}`
        : `"${key}" must be ${expected}, found ${JSON.stringify(found)}`,
    );
  }
}
