/** A Parquet file is not what its format says, or asks for more than it may. The message goes into a sentence. */
export class DamagedParquet extends Error {}

/** A Parquet file uses what cannot be read. The message is a sentence without its end. */
export class UnsupportedParquet extends Error {
  constructor(
    message: string,
    readonly advice: string,
  ) {
    super(message);
  }
}
