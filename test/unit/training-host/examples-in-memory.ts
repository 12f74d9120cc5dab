import type { ExampleStore, TokenFacts } from "../../../training-host/data/example-store";
import { countTargets, type Example } from "../../../training-host/data/packed-batch";

/** A store whose examples are there already. */
export function examplesInMemory(name: string, examples: readonly Example[]): ExampleStore {
  const learned = examples.filter((example) => countTargets(example) > 0);
  const facts: TokenFacts = {
    tokens: learned.reduce((sum, { ids }) => sum + ids.length, 0),
    responseTokens: learned.reduce((sum, example) => sum + countTargets(example), 0),
    truncated: 0,
    dropped: examples.length - learned.length,
  };
  return {
    name,
    size: examples.length,
    contentHash: name,
    facts,
    get: async (indices) => indices.map((index) => examples[index]!),
    lengths: async () => Uint32Array.from(examples, ({ ids }) => ids.length),
  };
}
