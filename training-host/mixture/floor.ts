/**
 * Least probability of any dataset (ours; the paper has none): the distribution nearest to `p` [N] among those with every
 * q_i >= floor, nearest by KL(q || p), which is q_i = max(floor, c p_i) with the c that makes the sum 1.
 * A `p` that respects the floor is returned as it is. Throws RangeError when floor x N > 1.
 */
export function applyFloor(p: Float64Array, floor: number): Float64Array {
  if (p.every((value) => value >= floor)) return p;
  if (!(floor * p.length <= 1 + 1e-12)) {
    throw new RangeError(`A floor of ${floor} for each of ${p.length} datasets is more than 1 in all.`);
  }
  const raised = new Set<number>();
  let scale = 1;
  for (let before = -1; before < raised.size; ) {
    before = raised.size;
    p.forEach((value, index) => {
      if (value * scale <= floor) raised.add(index);
    });
    if (raised.size === p.length) return new Float64Array(p.length).fill(1 / p.length);
    const left = p.reduce((total, value, index) => (raised.has(index) ? total : total + value), 0);
    scale = (1 - raised.size * floor) / left;
  }
  return p.map((value, index) => (raised.has(index) ? floor : Math.max(floor, value * scale)));
}
