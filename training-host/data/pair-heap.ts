/** A pair of neighbouring tokens and how often it was seen when it was pushed. */
export interface CountedPair {
  count: number;
  left: number;
  right: number;
}

/** Binary heap of pairs: most frequent first; among equals the one with the smaller ids, so that the order is always the same. */
export class PairHeap {
  readonly #items: CountedPair[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(pair: CountedPair): void {
    const items = this.#items;
    let index = items.push(pair) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!comesBefore(pair, items[parent]!)) break;
      items[index] = items[parent]!;
      index = parent;
    }
    items[index] = pair;
  }

  pop(): CountedPair | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.#sinkFromTop(last);
    return top;
  }

  #sinkFromTop(pair: CountedPair): void {
    const items = this.#items;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && comesBefore(items[child + 1]!, items[child]!)) child++;
      if (!comesBefore(items[child]!, pair)) break;
      items[index] = items[child]!;
      index = child;
    }
    items[index] = pair;
  }
}

function comesBefore(a: CountedPair, b: CountedPair): boolean {
  if (a.count !== b.count) return a.count > b.count;
  if (a.left !== b.left) return a.left < b.left;
  return a.right < b.right;
}
