/** Colours of both themes are told from what they stand on, as WCAG 2.2 AA asks. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const STATIC = new URL("../../../src/glioscope/server/static/", import.meta.url);
const GROUNDS = ["paper", "panel", "raised", "current"];
const WORDS = ["ink", "faint", "accent", "alarm", "warn", "good"];
const SIGNS = ["edge", "bar"];

/** @param {string} file */
function colours(file) {
  const text = readFileSync(new URL(file, STATIC), "utf-8");
  const found = text.matchAll(/--([\w-]+):\s*#([0-9a-f]{3,6});/g);
  return Object.fromEntries([...found].map(([, name, hex]) => [name, rgb(hex)]));
}

/** @param {string} hex */
function rgb(hex) {
  const six = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  return [0, 2, 4].map((at) => parseInt(six.slice(at, at + 2), 16) / 255);
}

/** @param {number[]} colour */
function luminance(colour) {
  const [r, g, b] = colour.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {number[]} one @param {number[]} other */
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {string[]} names @param {number} least */
function onGrounds(names, least) {
  return names.flatMap((name) => GROUNDS.map((ground) => [name, ground, least]));
}

// What stands on what, and how far they must differ.
const PAIRS = [
  ...onGrounds(WORDS, 4.5),
  ...onGrounds(SIGNS, 3),
  ["on-accent", "accent", 4.5],
  ["on-alarm", "alarm", 4.5],
];

test("black on white is known", () => {
  assert.equal(Math.round(contrast(rgb("000"), rgb("fff"))), 21);
});

for (const file of ["style.css", "dark.css"]) {
  test(`words and signs of ${file} are told from their ground`, () => {
    const theme = colours(file);
    const weak = PAIRS
      .map(([name, ground, least]) => [name, ground, least, contrast(theme[name], theme[ground])])
      .filter(([, , least, found]) => !(found >= least));
    assert.deepEqual(weak, []);
  });
}

test("both themes name the same colours", () => {
  const [light, dark] = ["style.css", "dark.css"].map((file) => Object.keys(colours(file)).sort());
  assert.deepEqual(light, dark);
});
