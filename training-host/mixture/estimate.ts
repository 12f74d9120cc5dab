/** A mean and its standard error; null where the error cannot be told (too few examples). */
export interface Estimate {
  readonly value: number;
  readonly error: number | null;
}
