/**
 * Which entries dropout keeps (Srivastava et al. 2014), as a function of a key and the entry's index alone: nothing is stored
 * for the backward pass, every backend drops the same entries, and neither threads nor recomputation change which.
 * `wasm/assembly/dropout.ts` computes the same.
 */
import type { Dropout } from "./operations";

/** [count] 1 / (1 - rate) where an entry is kept and 0 where it is dropped. */
export function dropoutMask(count: number, { rate, key }: Dropout): Float32Array {
  const threshold = dropoutThreshold(rate);
  const scale = 1 / (1 - rate);
  const mask = new Float32Array(count);
  for (let index = 0; index < count; index++) mask[index] = randomWord(index, key) >= threshold ? scale : 0;
  return mask;
}

/** Of 2^32 words, those below it drop their entry. */
export function dropoutThreshold(rate: number): number {
  return Math.floor(rate * 2 ** 32);
}

/** 32 random bits. Two rounds, because one would give keys the same words in another order. */
function randomWord(index: number, key: number): number {
  return mix(mix(index + key) ^ key);
}

/** A bijection of 32-bit words in which every input bit reaches every output bit (Wellons 2018, "lowbias32"). */
function mix(word: number): number {
  let mixed = word | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
