// Names, things and words. The fine-tuning skills and the base model's documents use different names and things,
// so that the base model knows the format but not the answers.

export const skillNames = [
  "Ana",
  "Tom",
  "Li",
  "Sara",
  "Omar",
  "Eva",
  "Raj",
  "Mia",
  "Ben",
  "Noor",
  "Kofi",
  "Ines",
];
export const skillItems = ["pens", "apples", "coins", "books", "cards", "shells", "stamps", "beads"];

export const baseNames = ["Ivan", "Zoe", "Hugo", "Lena", "Amir", "Nina", "Paul", "Yuki"];
export const baseItems = ["nuts", "keys", "balls", "eggs", "cups", "maps", "seeds", "discs"];

export const words =
  `apple river stone cloud green table light mouse house bread chair grape lemon tiger zebra piano storm plant sugar ocean
   candle garden window silver yellow orange rabbit basket bottle mirror pencil violin winter summer castle forest island
   desert valley bridge market school doctor farmer singer hammer needle ribbon button pocket jacket carpet ladder shovel
   turnip pepper ginger radish cactus falcon turtle salmon beaver donkey`
    .trim()
    .split(/\s+/);

const day = 24 * 60 * 60 * 1000;

/** ISO date of `time` (milliseconds since 1970) plus `days`. */
export function isoDate(time, days = 0) {
  return new Date(time + days * day).toISOString().slice(0, 10);
}
