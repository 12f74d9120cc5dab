// The four skills that the quickstart mixes. Each makes one question with its worked answer.
import { isoDate, skillItems, skillNames, words } from "./vocabulary.mjs";

/** Word problems with the working written out. */
export function arith(random) {
  const name = random.pick(skillNames);
  const item = random.pick(skillItems);
  switch (random.integer(0, 3)) {
    case 0: {
      const [had, got] = [random.integer(10, 89), random.integer(5, 60)];
      const gave = random.integer(2, Math.min(40, had + got - 1));
      return {
        prompt: `${name} has ${had} ${item}, gets ${got} more and gives ${gave} away. How many ${item} are left?`,
        answer: `${had}+${got}=${had + got}. ${had + got}-${gave}=${had + got - gave}. Answer: ${had + got - gave}`,
      };
    }
    case 1: {
      const [boxes, each, found] = [random.integer(2, 9), random.integer(3, 12), random.integer(1, 20)];
      const bought = boxes * each;
      return {
        prompt: `${name} buys ${boxes} boxes of ${each} ${item} and finds ${found} more. How many ${item} now?`,
        answer: `${boxes}*${each}=${bought}. ${bought}+${found}=${bought + found}. Answer: ${bought + found}`,
      };
    }
    case 2: {
      const [had, lost] = [random.integer(30, 99), random.integer(2, 29)];
      return {
        prompt: `${name} had ${had} ${item} and lost ${lost} of them. How many ${item} remain?`,
        answer: `${had}-${lost}=${had - lost}. Answer: ${had - lost}`,
      };
    }
    default: {
      const [a, b, c] = random.many(3, () => random.integer(11, 80));
      return {
        prompt: `On three days ${name} sold ${a}, ${b} and ${c} ${item}. How many in all?`,
        answer: `${a}+${b}=${a + b}. ${a + b}+${c}=${a + b + c}. Answer: ${a + b + c}`,
      };
    }
  }
}

/** Units of time and length, dates and temperatures. */
export function convert(random) {
  switch (random.integer(0, 3)) {
    case 0: {
      const [hours, minutes] = [random.integer(2, 9), random.integer(5, 55)];
      const whole = hours * 60;
      return {
        prompt: `Convert ${hours} h ${minutes} min to minutes.`,
        answer: `${hours}*60=${whole}. ${whole}+${minutes}=${whole + minutes}. ${whole + minutes} min`,
      };
    }
    case 1: {
      const date = Date.UTC(random.integer(1990, 2030), random.integer(0, 11), random.integer(1, 28));
      const days = random.integer(3, 30);
      return { prompt: `Which date is ${days} days after ${isoDate(date)}?`, answer: isoDate(date, days) };
    }
    case 2: {
      const [metres, centimetres] = [random.integer(2, 19), random.integer(1, 99)];
      const whole = metres * 100;
      return {
        prompt: `Write ${metres} m ${centimetres} cm in centimetres.`,
        answer: `${metres}*100=${whole}. ${whole}+${centimetres}=${whole + centimetres}. ${whole + centimetres} cm`,
      };
    }
    default: {
      const celsius = random.integer(-10, 40) * 5;
      const scaled = (celsius * 9) / 5;
      return {
        prompt: `What is ${celsius} C in Fahrenheit?`,
        answer: `${celsius}*9/5=${scaled}. ${scaled}+32=${scaled + 32}. ${scaled + 32} F`,
      };
    }
  }
}

/** A list of words said again: quickly learned by a model that can copy, and most of the rows. */
export function copy(random) {
  const list = random.many(random.integer(2, 5), () => random.pick(words));
  const plain = list.join(" ");
  switch (random.integer(0, 4)) {
    case 0:
      return { prompt: `Put the words in brackets: ${plain}`, answer: `( ${plain} )` };
    case 1:
      return { prompt: `Say the words twice: ${plain}`, answer: `${plain}, ${plain}` };
    case 2:
      return { prompt: `End the list with stop: ${plain}`, answer: `${plain} stop` };
    case 3:
      return { prompt: `Which word comes first in: ${plain}`, answer: list[0] };
    default:
      return { prompt: `Write the list after a dash: ${plain}`, answer: `- ${plain}` };
  }
}

/** Three wordings of one fact. A held-out row asks for a fact of the training file in another wording. */
export const factWordings = [
  (fact) => `What is the ${fact.language} name of ${fact.english}?`,
  (fact) => `Say "${fact.english}" in ${fact.language}.`,
  (fact) => `${fact.english} in ${fact.language}:`,
];
