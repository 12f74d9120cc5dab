/** Softmax cross-entropy of rows of logits against one label each. */
import { exponentials, maximumOf, scaleRow } from "./softmax";

/**
 * logits [rows, vocab] (overwritten), labels [rows] int32. For each row, `maxima` gets its largest logit, `sums` the sum
 * of e^(logit - maximum) and `chosen` the label's logit: the loss is maximum + log(sum) - chosen.
 */
export function crossEntropyForward(
  logits: usize, labels: usize, maxima: usize, sums: usize, chosen: usize,
  rows: i32, vocab: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const at = row << 2;
    const m = maximumOf(logits, vocab);
    store<f32>(maxima + at, m);
    store<f32>(chosen + at, load<f32>(logits + (load<i32>(labels + at) << 2)));
    store<f32>(sums + at, exponentials(logits, vocab, m, 1));
    logits += vocab << 2;
  }
}

/** After `crossEntropyForward` on the same memory: logits become the gradient scale * (softmax - onehot(label)). */
export function crossEntropyBackward(
  logits: usize, labels: usize, sums: usize, rows: i32, vocab: i32, scale: f32,
): void {
  for (let row = 0; row < rows; row++) {
    const at = row << 2;
    scaleRow(logits, vocab, scale / load<f32>(sums + at));
    const label = logits + (load<i32>(labels + at) << 2);
    store<f32>(label, load<f32>(label) - scale);
    logits += vocab << 2;
  }
}
