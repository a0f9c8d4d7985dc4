// Built-in functions that feelin has otherwise than the standard, or not for all values.
import { builtins, equals, getType, isRange, isFunction } from 'feelin';

import { order } from './ranges.js';

const SCALES = [-6111, 6176];

function define(name, args, fn) {
  builtins[name] = Object.assign(fn, { $args: args });
}

const NUMERAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

// "" was 0 and "0x10" was 16; separators are those of the standard, and not the same one twice.
define('number', ['from', 'grouping separator', 'decimal separator'], (...given) => {
  const [from, group, point] = given.map((each) => (Array.isArray(each) && each.length === 1 ? each[0] : each ?? null));
  if (given.length > 3 || typeof from !== 'string' || group && group === point) return null;
  if (![null, undefined, ' ', ',', '.'].includes(group) || ![null, undefined, ',', '.'].includes(point)) return null;
  const whole = group ? from.split(group).join('') : from;
  const plain = point === ',' ? whole.replace('.', '#').replace(',', '.') : whole;
  return NUMERAL.test(plain) ? Number(plain) : null;
});

function listed(value) {
  if (Array.isArray(value)) return value;
  return value === null || value === undefined ? null : [value];
}

/** Arguments of a function of a list or of several values; null when there are none. */
function spread(given) {
  if (given.length === 0) return null;
  return given.length === 1 && Array.isArray(given[0]) ? given[0] : given;
}

function best(sign) {
  return (...given) => {
    const list = spread(given);
    if (!list || list.length === 0) return null;
    let found = list[0];
    for (const each of list) {
      const compared = order(each, found);
      if (compared === null) return NaN;
      if (compared * sign > 0) found = each;
    }
    return found;
  };
}

// What is not null for want of values but for wrong ones is NaN here, which strict.js tells of.
for (const [name, least] of [['sum', 1], ['mean', 1], ['product', 1], ['stddev', 2]]) {
  const plain = builtins[name];
  define(name, ['...list'], (...given) => plain(...given) ?? ((spread(given)?.length ?? 0) < least ? null : NaN));
}

define('min', ['...list'], best(-1));
define('max', ['...list'], best(1));

const known = (a, b) => equals(a ?? null, b ?? null) === true;

define('list contains', ['list', 'element'], (...given) => {
  const list = listed(given[0]);
  return list && given.length === 2 ? list.some((each) => known(each, given[1])) : null;
});

define('index of', ['list', 'match'], (...given) => {
  const list = listed(given[0]);
  if (!list || given.length !== 2) return null;
  return list.flatMap((each, at) => (known(each, given[1]) ? [at + 1] : []));
});

function numbers(given) {
  const list = spread(given);
  return list && list.length && list.every((each) => typeof each === 'number') ? list : null;
}

define('median', ['...list'], (...given) => {
  const list = numbers(given);
  if (!list) return (spread(given)?.length ?? 0) === 0 ? null : NaN;
  const sorted = [...list].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
});

define('mode', ['...list'], (...given) => {
  if (given.length === 1 && Array.isArray(given[0]) && given[0].length === 0) return [];
  const list = numbers(given);
  if (!list) return (spread(given)?.length ?? 0) === 0 ? null : NaN;
  const counts = new Map();
  for (const each of list) counts.set(each, (counts.get(each) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts].filter(([, count]) => count === most).map(([each]) => each).sort((a, b) => a - b);
});

// Place of a position, which counts from 1, or from the end when negative; null when there is none.
function place(length, position) {
  if (Array.isArray(position) && position.length === 1) [position] = position;
  if (!Number.isInteger(position) || position === 0 || Math.abs(position) > length) return null;
  return position > 0 ? position - 1 : length + position;
}

function part(items, start, length) {
  const at = place(items.length, start);
  if (at === null) return null;
  if (length === undefined || length === null) return items.slice(at);
  if (typeof length !== 'number' || length < 1) return null;
  return items.slice(at, at + Math.trunc(length));
}

define('sublist', ['list', 'start position', 'length'], (...given) => {
  const [list, start, length] = [listed(given[0]), given[1], given[2]];
  if (!list || given.length > 3) return null;
  const found = part(list, start, length);
  return found && typeof length === 'number' && found.length < Math.trunc(length) ? null : found;
});

define('substring', ['string', 'start position', 'length'], (...given) => {
  const [text] = Array.isArray(given[0]) && given[0].length === 1 ? given[0] : given;
  if (typeof text !== 'string' || given.length > 3) return null;
  const found = part([...text], given[1], given[2]);
  return found && found.join('');
});

define('insert before', ['list', 'position', 'newItem'], (...given) => {
  const list = listed(given[0]);
  const at = list && given.length === 3 ? place(list.length, given[1]) : null;
  return at === null ? null : [...list.slice(0, at), given[2] ?? null, ...list.slice(at)];
});

define('remove', ['list', 'position'], (...given) => {
  const list = listed(given[0]);
  const at = list && given.length === 2 ? place(list.length, given[1]) : null;
  return at === null ? null : list.filter((_, index) => index !== at);
});

function replaced(list, matcher, item) {
  if (!isFunction(matcher)) {
    const at = place(list.length, matcher);
    return at === null ? null : list.map((each, index) => (index === at ? item : each));
  }
  if (matcher.parameterNames.length !== 2) return null;
  const hits = list.map((each) => matcher.invoke([each, item]));
  if (hits.some((hit) => typeof hit !== 'boolean')) return null;
  return list.map((each, index) => (hits[index] ? item : each));
}

define('list replace', ['list', 'position', 'newItem', 'match'], (...given) => {
  const [list, position, item, match] = [listed(given[0]), given[1], given[2], given[3]];
  if (!list || item === undefined || (match !== undefined && position !== undefined)) return null;
  return replaced(list, match ?? position, item);
});

function scaled(fn, optional = false) {
  return (...given) => {
    const [n, scale = 0] = given.map((each) => (Array.isArray(each) && each.length === 1 ? each[0] : each));
    const missing = given.length < 2 && !optional;
    if (missing || given.length > 2 || typeof n !== 'number' || !Number.isInteger(scale)) return null;
    if (scale < SCALES[0] || scale > SCALES[1]) return null;
    if (scale > 300) return n;
    return scale < -300 ? fn(n, 0) * 0 : fn(n, scale);
  };
}

// A half is what was one before doubles blurred it: six places more are looked at, not all.
function shifted(n, scale) {
  return Number((n * 10 ** scale).toPrecision(15));
}

function rounding(whole) {
  return (n, scale) => {
    const size = whole(Math.abs(shifted(n, scale)));
    const back = scale < 0 ? size * 10 ** -scale : size / 10 ** scale;
    return n < 0 ? 0 - back : back;
  };
}

function evenHalf(x) {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Six places first, then half up: what was a half before doubles blurred it counts as a half. */
function halfUp(n, scale) {
  const up = Math.floor(Number((Math.abs(n) * 10 ** scale).toFixed(6)) + 0.5);
  return Math.sign(n) * (scale < 0 ? up * 10 ** -scale : up / 10 ** scale);
}

define('round half up', ['n', 'scale'], scaled(halfUp));

const toward = { up: rounding(Math.ceil), down: rounding(Math.floor) };

define('decimal', ['n', 'scale'], scaled(rounding(evenHalf)));
define('round up', ['n', 'scale'], scaled(toward.up));
define('round down', ['n', 'scale'], scaled(toward.down));
define('round half down', ['n', 'scale'], scaled(rounding((x) => Math.ceil(x - 0.5))));
define('floor', ['n', 'scale'], scaled((n, scale) => toward[n < 0 ? 'up' : 'down'](n, scale), true));
define('ceiling', ['n', 'scale'], scaled((n, scale) => toward[n < 0 ? 'down' : 'up'](n, scale), true));

const is = builtins.is;
define('is', ['value1', 'value2'], (...given) => {
  if (given.length !== 2) return null;
  const [a, b] = given;
  if (getType(a) !== getType(b)) return false;
  return getType(a) === 'duration' && a.yearsMonths !== b.yearsMonths ? false : is(a, b) === true;
});

const LITERALS = { date: 1, time: 1, 'date time': 1, duration: 1 };

/** 1e-7 and 1e21 as people write them. */
export function plainNumber(n) {
  const text = String(Number.isInteger(n) ? n : Number(n.toPrecision(15)));
  const found = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!found) return text;
  const [, sign, first, rest = '', power] = found;
  const digits = first + rest;
  const at = Number(power) + 1;
  if (at <= 0) return `${sign}0.${'0'.repeat(-at)}${digits}`;
  return sign + digits.padEnd(at, '0');
}

function bound(value) {
  if (value === null) return '';
  if (getType(value) in LITERALS) return `@"${value}"`;
  return typeof value === 'string' ? JSON.stringify(value) : plainNumber(value);
}

export function rangeText(range) {
  const open = range['start included'] ? '[' : '(';
  const close = range['end included'] ? ']' : ')';
  return `${open}${bound(range.start)}..${bound(range.end)}${close}`;
}

const text = builtins.string;
define('string', ['from'], (...given) => {
  if (given.length !== 1) return null;
  const [value] = given;
  if (typeof value === 'number') return plainNumber(value);
  if (isRange(value)) return rangeText(value);
  return isFunction(value) || typeof value === 'function' ? null : text(value);
});

