/** Rows and columns of a tile: 6 x 2 vectors are 12 accumulators, which with A and B fill the 16 vector registers. */
export const MR: i32 = 6;
export const NR: i32 = 8;
