/**
 * Indices of `values` from the largest value to the smallest, of equal ones the first first. Of a vocabulary's hundred thousand only
 * the first few are ever wanted: a heap gives them without sorting the rest.
 */
export function* descending(values: Float32Array | Float64Array): Generator<number> {
  const heap = Int32Array.from({ length: values.length }, (_, index) => index);
  const isBefore = (a: number, b: number) => values[a]! > values[b]! || (values[a]! === values[b]! && a < b);

  /** Lets the entry at `place` sink to where it belongs among the first `count`. */
  const sink = (place: number, count: number) => {
    const sinking = heap[place]!;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= count) break;
      if (child + 1 < count && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, sinking)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = sinking;
  };

  for (let place = (heap.length >> 1) - 1; place >= 0; place--) sink(place, heap.length);
  for (let count = heap.length; count > 0; ) {
    yield heap[0]!;
    heap[0] = heap[--count]!;
    sink(0, count);
  }
}
