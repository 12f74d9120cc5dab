// What the base model was pre-trained on: short documents of the same kinds of text as the skills, with other names, things
// and wordings, and questions with answers. The names of countries occur, but never beside their translations. `families` are the four skills in yet other wordings: after them the base model
// knows the form of each task but not its content, so that its initial perplexity is moderate (see the README: a base model
// that does not know the form at all makes the difficulty reward starve a skill).
import { codes, countryPairs, englishName, languageNames } from "./country-names.mjs";
import { FACTS_IN_TRAINING } from "./sizes.mjs";
import { baseItems, baseNames, isoDate, words } from "./vocabulary.mjs";

/** The same text that the base model's chat template makes of a question and its answer. */
const asQuestion = (question, answer) => ({ text: `Q: ${question}\nA: ${answer}` });
const anyDate = (random) =>
  Date.UTC(random.integer(1980, 2035), random.integer(0, 11), random.integer(1, 28));
const wordList = (random, count) => random.many(count, () => random.pick(words));
const unseenPairs = countryPairs.slice(FACTS_IN_TRAINING);
const namesIn = Object.fromEntries(
  languageNames.map((language) => [
    language,
    countryPairs.filter((pair) => pair.language === language).map((pair) => pair.name),
  ]),
);

/** A long list said two or three times. */
function repeatedList(random) {
  const list = wordList(random, random.integer(4, 16)).join(" ");
  return random.many(random.integer(2, 3), () => list).join(random.pick([". ", " / ", ". I said: ", "\n"]));
}

/** The kinds of plain document. */
const plainDocuments = [
  (random) =>
    random
      .many(5, () => [random.integer(0, 99), random.integer(0, 99)])
      .map(([a, b]) => `${a}+${b}=${a + b}`)
      .join(". "),
  (random) =>
    random
      .many(5, () => random.integer(0, 199))
      .map((a) => [a, random.integer(0, Math.min(a, 99))])
      .map(([a, b]) => `${a}-${b}=${a - b}`)
      .join(". "),
  (random) =>
    random
      .many(5, () => [random.integer(2, 12), random.integer(2, 12)])
      .map(([a, b]) => `${a}*${b}=${a * b}`)
      .join(". "),
  (random) => {
    const [a, b, item] = [random.integer(10, 90), random.integer(5, 60), random.pick(baseItems)];
    return `${random.pick(baseNames)} has ${a} ${item}. ${random.pick(baseNames)} has ${b} ${item}. Together they have ${a + b} ${item}, because ${a}+${b}=${a + b}.`;
  },
  (random) => {
    const start = anyDate(random);
    return `Calendar: ${[0, 1, 2, 3].map((days) => isoDate(start, days)).join(", ")}`;
  },
  (random) => {
    const n = random.integer(1, 12);
    return `There are 60 minutes in 1 hour and ${n * 60} minutes in ${n} hours. There are ${n * 100} cm in ${n} m.`;
  },
  (random) => {
    const language = random.pick(languageNames);
    return `${language} list: ${random.many(5, () => random.pick(namesIn[language])).join(", ")}`;
  },
  (random) => `Countries: ${random.many(5, () => englishName(random.pick(codes))).join(", ")}`,
  (random) =>
    wordList(random, 4)
      .map((word) => `${word} ${word.toUpperCase()}`)
      .join(", "),
  (random) => `In order: ${wordList(random, 5).sort().join(", ")}`,
  (random) =>
    `${wordList(random, 3)
      .map((word) => `${word} starts with ${word[0]}`)
      .join(", ")}.`,
  repeatedList,
  (random) => {
    const list = wordList(random, 4);
    return `${list.join(" ")} / ${list.join("_")}`;
  },
  (random) => {
    const [a, b, item] = [random.integer(20, 90), random.integer(2, 19), random.pick(baseItems)];
    return `${random.pick(baseNames)} had ${a} ${item} and sold ${b}. There were ${a - b} left, since ${a}-${b}=${a - b}.`;
  },
];

/** General questions with answers. */
const generalQuestions = [
  (random) => {
    const list = wordList(random, random.integer(2, 4)).join(" ");
    return asQuestion(`${random.pick(["Repeat the words:", "Copy this:", "Write again:"])} ${list}`, list);
  },
  (random) => {
    const list = wordList(random, random.integer(1, 3)).join(" ");
    return asQuestion(`Put these words in lower case: ${list.toUpperCase()}`, list);
  },
  (random) => {
    const list = wordList(random, 3);
    return asQuestion(`Give the first word of: ${list.join(" ")}`, list[0]);
  },
  (random) => {
    const [a, b] = [random.integer(2, 99), random.integer(2, 99)];
    return asQuestion(`What is ${a}+${b}?`, `${a}+${b}=${a + b}`);
  },
  (random) => {
    const [a, b] = [random.integer(20, 150), random.integer(2, 19)];
    return asQuestion(`What is ${a}-${b}?`, `${a}-${b}=${a - b}. Answer: ${a - b}`);
  },
  (random) => {
    const hours = random.integer(2, 12);
    return asQuestion(
      `How many minutes are in ${hours} hours?`,
      `${hours}*60=${hours * 60}. ${hours * 60} min`,
    );
  },
  (random) => {
    const date = anyDate(random);
    return asQuestion(`Which date is the day after ${isoDate(date)}?`, isoDate(date, 1));
  },
  (random) => {
    const code = random.pick(codes);
    const question = random.pick(["Spell the name:", `Name the country with code ${code}:`]);
    return asQuestion(`${question} ${englishName(code)}`, englishName(code));
  },
  (random) => {
    const language = random.pick(languageNames);
    return asQuestion(`Name a country in ${language}.`, random.pick(namesIn[language]));
  },
  (random) => {
    const [a, b, item] = [random.integer(10, 80), random.integer(2, 50), random.pick(baseItems)];
    return asQuestion(
      `${random.pick(baseNames)} has ${a} ${item} and finds ${b} more. How many ${item}?`,
      `${a}+${b}=${a + b}. Answer: ${a + b}`,
    );
  },
];

const familyOf = {
  arith: [
    (random) => {
      const [a, b, c] = [random.integer(10, 89), random.integer(5, 60), random.integer(2, 14)];
      return asQuestion(
        `${random.pick(baseNames)} owns ${a} ${random.pick(baseItems)}, then buys ${b} and sells ${c}. Total?`,
        `${a}+${b}=${a + b}. ${a + b}-${c}=${a + b - c}. Answer: ${a + b - c}`,
      );
    },
    (random) => {
      const [bags, each, loose] = [random.integer(2, 9), random.integer(3, 12), random.integer(2, 14)];
      const bagged = bags * each;
      return asQuestion(
        `${bags} bags hold ${each} ${random.pick(baseItems)} each, plus ${loose} loose. Total?`,
        `${bags}*${each}=${bagged}. ${bagged}+${loose}=${bagged + loose}. Answer: ${bagged + loose}`,
      );
    },
    (random) => {
      const [a, b, c] = [random.integer(10, 89), random.integer(5, 60), random.integer(2, 14)];
      return asQuestion(
        `Add ${a}, ${b} and ${c}.`,
        `${a}+${b}=${a + b}. ${a + b}+${c}=${a + b + c}. Answer: ${a + b + c}`,
      );
    },
  ],
  convert: [
    (random) => {
      const [hours, minutes] = [random.integer(2, 9), random.integer(5, 55)];
      const whole = hours * 60;
      return asQuestion(
        `Minutes in ${hours} h ${minutes} min?`,
        `${hours}*60=${whole}. ${whole}+${minutes}=${whole + minutes}. ${whole + minutes} min`,
      );
    },
    (random) => {
      const date = Date.UTC(random.integer(1990, 2030), random.integer(0, 11), random.integer(1, 28));
      const days = random.integer(2, 12);
      return asQuestion(`${isoDate(date)} plus ${days} days?`, isoDate(date, days));
    },
    (random) => {
      const [metres, centimetres] = [random.integer(2, 19), random.integer(1, 99)];
      const whole = metres * 100;
      return asQuestion(
        `${metres} m ${centimetres} cm is how many cm?`,
        `${metres}*100=${whole}. ${whole}+${centimetres}=${whole + centimetres}. ${whole + centimetres} cm`,
      );
    },
  ],
  facts: [
    (random) => {
      const pair = random.pick(unseenPairs);
      return asQuestion(`Translate ${pair.english} to ${pair.language}`, pair.name);
    },
  ],
  copy: [
    ["Brackets", (list) => `( ${list.join(" ")} )`],
    ["Twice", (list) => `${list.join(" ")}, ${list.join(" ")}`],
    ["End", (list) => `${list.join(" ")} end`],
    ["First of", (list) => list[0]],
    ["Dash", (list) => `- ${list.join(" ")}`],
    ["Stars", (list) => `* ${list.join(" ")} *`],
    ["Colon", (list) => `: ${list.join(" ")}`],
    ["Quote", (list) => `" ${list.join(" ")} "`],
  ].map(([title, write]) => (random) => {
    const list = wordList(random, random.integer(2, 5));
    return asQuestion(`${title}: ${list.join(" ")}`, write(list));
  }),
};

/** One plain document. */
export const document = (random) => ({ text: random.pick(plainDocuments)(random) });

/**
 * Nothing but repetition. A model that sees mostly these learns within some 250 steps to look back and copy, on which the rest
 * builds; among other documents it had not learned it after 4,000.
 */
export const echo = (random) => ({ text: repeatedList(random) });

/** One general question with its answer. */
export const question = (random) => random.pick(generalQuestions)(random);

/** One of the four skills in another wording. */
export const family = (random) => random.pick(random.pick(Object.values(familyOf)))(random);
