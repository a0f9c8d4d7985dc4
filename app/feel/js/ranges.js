// Ranges: how two of them, or one and a point, lie to each other (DMN 10.3.4.9), made from text, gone through.
import { builtins, createRange, evaluate, FeelDate, FeelRange, getType, isRange, toComparable } from 'feelin';

const BOUND = String.raw`(-?\d+(?:\.\d+)?|@?"(?:[^"\\]|\\.)*"|(?:date and time|date|time|duration)\("[^"]*"\))`;
const WRITTEN = new RegExp(String.raw`^\s*([\[\](])\s*${BOUND}\s*\.\.\s*${BOUND}\s*([\])\[])\s*$`);

function value(bound) {
  return typeof bound === 'string' || typeof bound === 'number' ? bound : toComparable(bound);
}

/** -1, 0, 1, or null for what has no order. */
export function order(a, b) {
  if (kind(a) !== kind(b) || getType(a) === 'nil') return null;
  const [x, y] = [value(a), value(b)];
  if (x === null || y === null) return null;
  return x < y ? -1 : Number(x > y);
}

function kind(each) {
  const type = getType(each);
  return type === 'duration' ? `${type} ${each.yearsMonths}` : type;
}

// A point is a range of one value; an end that is open for ever is null and belongs to no value.
function ends(each) {
  if (!isRange(each)) return { start: each, end: each, from: true, to: true, point: true };
  return { start: each.start, end: each.end, from: each['start included'], to: each['end included'], point: false };
}

const known = ({ start, end }) => start ?? end;

function starts(a, b) {
  if (a.start === null || b.start === null) return Number(a.start !== null) - Number(b.start !== null);
  return order(a.start, b.start) || Number(b.from) - Number(a.from);
}

function finishes(a, b) {
  if (a.end === null || b.end === null) return Number(b.end !== null) - Number(a.end !== null);
  return order(a.end, b.end) || Number(a.to) - Number(b.to);
}

// Where one ends against where the other starts: negative when nothing is common to both.
function reaches(a, b) {
  if (a.end === null || b.start === null) return 1;
  return order(a.end, b.start) || (a.to && b.from ? 0 : -1);
}

const same = (a, b) => order(a, b) === 0;
const before = (a, b) => reaches(a, b) < 0;
const includes = (a, b) => starts(a, b) <= 0 && finishes(a, b) >= 0;
const meets = (a, b) => same(a.end, b.start) && a.to && b.from;
const finishesLast = (a, b) => same(a.end, b.end) && a.to === b.to && starts(a, b) >= 0;
const startsFirst = (a, b) => same(a.start, b.start) && a.from === b.from && finishes(a, b) <= 0;

const relations = {
  before,
  after: (a, b) => before(b, a),
  meets,
  'met by': (a, b) => meets(b, a),
  overlaps: (a, b) => reaches(a, b) >= 0 && reaches(b, a) >= 0,
  'overlaps before': (a, b) => starts(a, b) < 0 && reaches(a, b) >= 0 && finishes(a, b) <= 0,
  'overlaps after': (a, b) => starts(b, a) < 0 && reaches(b, a) >= 0 && finishes(b, a) <= 0,
  finishes: finishesLast,
  'finished by': (a, b) => finishesLast(b, a),
  includes,
  during: (a, b) => includes(b, a),
  starts: startsFirst,
  'started by': (a, b) => startsFirst(b, a),
  coincides: (a, b) => starts(a, b) === 0 && finishes(a, b) === 0,
};
// May each side be a point?
const POINTS = {
  before: [1, 1], after: [1, 1], coincides: [1, 1], finishes: [1, 0], starts: [1, 0], during: [1, 0],
  includes: [0, 1], 'finished by': [0, 1], 'started by': [0, 1],
};
const NAMED = {
  before: ['a', 'b'], after: ['a', 'b'], includes: ['range', 'value'], coincides: ['a', 'b'],
};

function relation(name) {
  const [left, right] = POINTS[name] ?? [0, 0];
  return (...given) => {
    if (given.length !== 2) return null;
    const [a, b] = given.map(ends);
    if (a.point > left || b.point > right || a.point !== b.point && name === 'coincides') return null;
    return order(known(a), known(b)) === null ? null : relations[name](a, b);
  };
}

/** `range("[1..3]")`: bounds are literals; anything else is null. */
function fromText(...given) {
  const [text] = given;
  const found = given.length === 1 && typeof text === 'string' ? WRITTEN.exec(text) : null;
  if (!found) return null;
  const [start, end] = [found[2], found[3]].map((each) => evaluate(each, {}).value);
  const ordered = order(start, end);
  return ordered === null || ordered > 0 ? null : createRange(start, end, found[1] === '[', found[4] === ']');
}

function named(fn, names) {
  return Object.assign(fn, { $args: names });
}

for (const name of Object.keys(relations)) {
  builtins[name] = named(relation(name), NAMED[name] ?? (POINTS[name] ? ['a', 'b'] : ['range1', 'range2']));
}
builtins.range = named(fromText, ['from']);

function* numbers(start, end) {
  const step = start > end ? -1 : 1;
  const count = Math.floor(Math.abs(end - start)) + 1;
  for (let at = 0; at < count; at += 1) yield start + step * at;
}

function* days(start, end) {
  const count = Math.round((toComparable(end) - toComparable(start)) / 86_400_000);
  for (const at of numbers(0, count)) yield new FeelDate(start.value.add({ days: at }));
}

const letters = FeelRange.prototype.map;

FeelRange.prototype.map = function each(fn) {
  const { start, end, valueType } = this;
  if (start === null || end === null || !/^(number|date)$/.test(valueType)) return letters.call(this, fn);
  const out = [];
  for (const item of (valueType === 'number' ? numbers : days)(start, end)) {
    const open = (!this['start included'] && same(item, start)) || (!this['end included'] && same(item, end));
    if (!open) out.push(fn(item));
  }
  return out;
};
