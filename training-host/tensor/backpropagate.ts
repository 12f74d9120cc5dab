/**
 * Backpropagation over TensorFlow.js's tape. Its own `variableGrads` holds every activation, and the gradient of every
 * activation, until the whole backward pass is done; here each is freed as soon as nothing needs it any more, and a
 * parameter's gradient is handed over as soon as it is whole.
 */
import * as tf from "@tensorflow/tfjs-core";
import { addConsuming } from "./consuming-add";

/** One operation on the tape (@tensorflow/tfjs-core 4.22.0, tape.ts). */
interface TapeNode {
  kernelName: string;
  inputs: Readonly<Record<string, tf.Tensor>>;
  outputs: readonly tf.Tensor[];
  /** By the gradients of the outputs, null for those that do not matter. */
  gradient?: (dys: readonly (tf.Tensor | null)[]) => Readonly<Record<string, () => tf.Tensor>>;
  saved?: readonly tf.Tensor[];
}

/** What we use of the engine's internals. */
interface TapeEngine {
  startTape(): void;
  endTape(): void;
  state: { activeTape: TapeNode[] | null };
}

/**
 * Runs `forward`, and gives `onGradient` the gradient of its value by each of `sources` that it depends on, with the source's
 * index: a new tensor of the current scope, which the receiver may keep or dispose of.
 * `upstream` has the value's shape and is consumed; null is 1, for a scalar value.
 */
export function backpropagate(
  forward: () => tf.Tensor,
  sources: readonly tf.Tensor[],
  upstream: tf.Tensor | null,
  onGradient: (source: number, gradient: tf.Tensor) => void,
): void {
  const { value, tape } = record(forward);
  const path = prune(tape, sources, value);
  const uses = countUses(path, sources);
  const gradients = new Map([[value.id, upstream ?? tf.onesLike(value)]]);
  value.dispose();
  for (let step = path.pop(); step; step = path.pop()) {
    const { node, inputs } = step;
    const dys = node.outputs.map((output) => gradients.get(output.id) ?? null);
    const dxs = gradientsOfInputs(node, inputs, dys);
    for (const output of node.outputs) gradients.delete(output.id);
    tf.dispose([...dys.filter((dy) => dy !== null), ...(node.saved ?? [])]);
    inputs.forEach(([, input], index) => {
      addTo(gradients, input.id, dxs[index]!);
      const source = uses.get(input.id);
      if (!source || --source.count > 0) return;
      onGradient(source.index, gradients.get(input.id)!);
      gradients.delete(input.id);
    });
  }
}

function record(forward: () => tf.Tensor): { value: tf.Tensor; tape: TapeNode[] } {
  const engine = tf.engine() as unknown as TapeEngine;
  engine.startTape();
  try {
    const value = tf.tidy(forward);
    return { value, tape: engine.state.activeTape! };
  } catch (error) {
    for (const { saved } of engine.state.activeTape ?? []) tf.dispose([...(saved ?? [])]);
    throw error;
  } finally {
    engine.endTape();
    engine.state.activeTape = null;
  }
}

/** An operation that lies between sources and value, and those of its inputs that do. */
interface Step {
  node: TapeNode;
  inputs: [name: string, tensor: tf.Tensor][];
}

/** What leads from `sources` to `value`, in the order of the tape; what the rest has saved is freed. */
function prune(tape: readonly TapeNode[], sources: readonly tf.Tensor[], value: tf.Tensor): Step[] {
  const fromSources = new Set(sources.map(({ id }) => id));
  const reached = tape.map((node): Step => {
    const inputs = Object.entries(node.inputs).filter(([, input]) => fromSources.has(input.id));
    if (inputs.length > 0) for (const output of node.outputs) fromSources.add(output.id);
    return { node, inputs };
  });
  const toValue = new Set([value.id]);
  const path: Step[] = [];
  for (const step of reached.reverse()) {
    if (step.inputs.length > 0 && step.node.outputs.some(({ id }) => toValue.has(id))) {
      for (const [, input] of step.inputs) toValue.add(input.id);
      path.push(step);
    } else tf.dispose([...(step.node.saved ?? [])]);
  }
  return path.reverse();
}

/** How many steps use each source, by its tensor. */
function countUses(
  path: readonly Step[],
  sources: readonly tf.Tensor[],
): Map<number, { index: number; count: number }> {
  const uses = new Map(sources.map(({ id }, index) => [id, { index, count: 0 }]));
  for (const { inputs } of path) for (const [, { id }] of inputs) if (uses.has(id)) uses.get(id)!.count++;
  return uses;
}

/** New tensors, one per input, none of which is one of `dys` or given twice: each can be disposed of by itself. */
function gradientsOfInputs(
  { kernelName, gradient }: TapeNode,
  inputs: Step["inputs"],
  dys: readonly (tf.Tensor | null)[],
): tf.Tensor[] {
  if (!gradient) throw new Error(`TensorFlow.js has no gradient for ${kernelName}`);
  return tf.tidy(() => {
    const byName = gradient(dys);
    const given = new Set<tf.Tensor | null>(dys);
    return inputs.map(([name]) => {
      const dx = byName[name]!();
      const own = given.has(dx) ? dx.clone() : dx;
      given.add(own);
      return own;
    });
  });
}

function addTo(gradients: Map<number, tf.Tensor>, id: number, term: tf.Tensor): void {
  const sum = gradients.get(id);
  gradients.set(id, sum ? addConsuming(sum, term) : term);
}
