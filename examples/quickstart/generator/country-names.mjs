// Country names in eight languages, from Unicode CLDR (package cldr-localenames-full, Unicode License v3).
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { seeded } from "./random.mjs";

const languages = {
  fr: "French",
  de: "German",
  es: "Spanish",
  it: "Italian",
  pt: "Portuguese",
  nl: "Dutch",
  sv: "Swedish",
  pl: "Polish",
};
export const languageNames = Object.values(languages);

const cldr = path.dirname(createRequire(import.meta.url).resolve("cldr-localenames-full/package.json"));

function territories(locale) {
  const file = path.join(cldr, "main", locale, "territories.json");
  return JSON.parse(fs.readFileSync(file, "utf8")).main[locale].localeDisplayNames.territories;
}

const english = territories("en");
const notCountries = new Set(["EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"]);
export const codes = Object.keys(english).filter(
  (code) => /^[A-Z]{2}$/.test(code) && !notCountries.has(code),
);
export const englishName = (code) => english[code];

const allPairs = Object.entries(languages).flatMap(([locale, language]) => {
  const names = territories(locale);
  return codes
    .filter((code) => names[code])
    .map((code) => ({ language, english: english[code], name: names[code] }));
});

/** Every (language, country) pair in one fixed random order: the skill learns the first ones, the base model sees the rest. */
export const countryPairs = seeded(4242).shuffled(allPairs);
