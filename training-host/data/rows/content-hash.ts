import { createCipheriv } from "node:crypto";

/** Fixed, so that the same bytes have the same hash everywhere. */
const KEY = Buffer.from("mos rows content");
const NONCE = Buffer.alloc(12);

/**
 * 128-bit hash of a stream of bytes: GMAC (NIST SP 800-38D) under a fixed key. Two contents that were not made to collide do so
 * with a probability below their length in blocks / 2^128. It is not for telling forgeries: the key is public.
 *
 * Why not SHA-256: an index may take twice the time of reading its file. SHA-256 alone takes seven times that where it has
 * instructions of its own (1.3 GB/s beside 8.7 GB/s), GMAC a tenth more than half (12 GB/s).
 */
export class ContentHash {
  readonly #cipher = createCipheriv("aes-128-gcm", KEY, NONCE);

  update(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#cipher.setAAD(bytes);
  }

  /** Hexadecimal. */
  digest(): string {
    this.#cipher.final();
    return this.#cipher.getAuthTag().toString("hex");
  }
}
