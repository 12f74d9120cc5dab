import { isUtf8 } from "node:buffer";
import type { DecodedArray, ParquetParsers, SchemaElement } from "hyparquet/src/types.js";
import { DamagedParquet } from "./damaged-parquet";

/** A text that is not UTF-8, where it would stand. */
export class NotUtf8 {}

/**
 * How hyparquet turns bytes into values, all of which `jsonValue` can write. Dates and times become ISO 8601, and stay integers
 * where that has no name for them.
 */
export const parsers: ParquetParsers = {
  timestampFromMilliseconds: (millis) => isoTime(millis, 3),
  timestampFromMicroseconds: (micros) => isoTime(micros, 6),
  timestampFromNanoseconds: (nanos) => isoTime(nanos, 9),
  dateFromDays: (days) => isoDate(days),
  stringFromBytes: (bytes) => text(bytes),
  jsonFromBytes: (bytes) => json(bytes),
  geometryFromBytes: (bytes) => bytes,
  geographyFromBytes: (bytes) => bytes,
  uuidFromBytes: (bytes) => uuid(bytes),
};

function text(bytes: Uint8Array | undefined): string | NotUtf8 | undefined {
  if (bytes === undefined) return undefined;
  return isUtf8(bytes) ? asBuffer(bytes).toString("utf8") : new NotUtf8();
}

/** What is no JSON stays the text that it is. */
function json(bytes: Uint8Array | undefined): unknown {
  const source = text(bytes);
  if (typeof source !== "string") return source;
  try {
    return JSON.parse(source);
  } catch {
    return source;
  }
}

function uuid(bytes: Uint8Array | undefined): string | undefined {
  return (
    bytes &&
    asBuffer(bytes)
      .toString("hex")
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5")
  );
}

function isoDate(days: number): string | number {
  const date = new Date(days * 86_400_000);
  return Number.isNaN(date.getTime()) ? days : date.toISOString().slice(0, -"T00:00:00.000Z".length);
}

/** `digits` after the decimal point of a second. */
function isoTime(ticks: bigint, digits: number): string | bigint {
  if (typeof ticks !== "bigint") return ticks;
  const perSecond = 10n ** BigInt(digits);
  const fraction = ((ticks % perSecond) + perSecond) % perSecond;
  const date = new Date(Number((ticks - fraction) / perSecond) * 1000);
  if (Number.isNaN(date.getTime())) return ticks;
  const point = fraction === 0n ? "" : `.${fraction.toString().padStart(digits, "0")}`;
  return `${date.toISOString().slice(0, -".000Z".length)}${point}`;
}

/** Decimals by their own digits: hyparquet multiplies by a power of ten, which is 1.1500000000000001 for 1.15. */
export function decimals(data: DecodedArray, scale: number): unknown[] {
  return Array.from(data as ArrayLike<unknown>, (value) => {
    if (Array.isArray(value)) return decimals(value, scale);
    if (value === null || value === undefined) return value;
    const unscaled = value instanceof Uint8Array ? signed(value) : value;
    return Number(`${unscaled}e${-scale}`);
  });
}

export function isDecimal({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";
}

/** Big-endian two's complement. */
function signed(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  if (bytes.length > 64) throw new DamagedParquet("a decimal has more digits than any");
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${asBuffer(bytes).toString("hex")}`));
}

/**
 * What `JSON.stringify` can write. Integers beyond 2^53 become strings, bytes become text where they are UTF-8, else base64.
 * Throws NotUtf8 itself.
 */
export function jsonValue(value: unknown): unknown {
  if (typeof value === "bigint") {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : `${value}`;
  }
  if (typeof value !== "object" || value === null) return value ?? null;
  if (value instanceof NotUtf8) throw value;
  if (value instanceof Uint8Array) {
    return isUtf8(value) ? asBuffer(value).toString("utf8") : asBuffer(value).toString("base64");
  }
  if (Array.isArray(value)) return value.map(jsonValue);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, jsonValue(member)]));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
