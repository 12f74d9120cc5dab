// Rows per skill: unequal on purpose, so that sampling in proportion to size spends most draws on the easiest skill.
export const FACTS_IN_TRAINING = 930;
export const trainingSizes = { arith: 2600, convert: 520, facts: FACTS_IN_TRAINING, copy: 6260 };
export const HELD_OUT = 128;
