// What the mended interpreter asks before it answers: nothing wrong passes without a warning.
import { builtins, createRange, equals, feelDuration, getType, isRange, isZoned } from 'feelin';

import { argument as fitting } from './typing.js';

const ORDERED = new Set(['number', 'string', 'date', 'time', 'date time', 'duration']);
const INSTANTS = new Set(['date', 'time', 'date time']);
// Of these null is a proper answer: an absent entry, the greatest of nothing.
const MAY_BE_NULL = new Set([
  'get value', 'get or else', 'max', 'min', 'mean', 'median', 'sum', 'product', 'stddev',
]);

export function warn(ic, node, type, template, values = {}) {
  ic.addWarning(node, type, { template, values });
}

/** A number to 15 digits: what doubles can hold of a decimal number. */
export function digits(value) {
  if (typeof value !== 'number' || Number.isInteger(value)) return value;
  return Number(value.toPrecision(15));
}

function kind(value) {
  const type = getType(value);
  if (type !== 'duration') return type;
  return value.yearsMonths ? 'years and months duration' : 'days and time duration';
}

function mixedZones(a, b) {
  return INSTANTS.has(getType(a)) && INSTANTS.has(getType(b)) && isZoned(a) !== isZoned(b);
}

function unzoned(ic, node) {
  warn(ic, node, 'NOT_COMPARABLE', 'A moment with a zone and one without');
  return null;
}

export function arithmetic(ic, node, left, right, before, result) {
  if (mixedZones(left, right)) return unzoned(ic, node);
  const number = typeof result !== 'number' || Number.isFinite(result);
  if (result !== null && number) return result;
  if (ic.warnings.length === before) warn(ic, node, 'INVALID_ARGUMENTS', 'No result of this arithmetic');
  return null;
}

export function booleans(ic, node, ...values) {
  for (const value of values) {
    if (typeof value !== 'boolean') {
      warn(ic, node, 'INVALID_TYPE', 'Expected a boolean, got {value}', { value });
    }
  }
}

export function truth(ic, node, value) {
  booleans(ic, node, value);
  return value === true;
}

export function noList(ic, node) {
  warn(ic, node, 'INVALID_TYPE', 'Expected a list to go through');
  return null;
}

export function noIndex(ic, node, value) {
  warn(ic, node, 'INVALID_TYPE', 'Expected a position in the list, got {value}', { value });
}

// `(=10)` and `(!=10)` are values: equal to themselves, and the first has the ends of a range.
function described(op, test) {
  return (right) => {
    const made = test(right);
    if (typeof made !== 'function') return made;
    const ends = op === '=' ? { start: right, end: right, 'start included': true, 'end included': true } : {};
    return Object.assign(made, ends, { test: op, operand: right });
  };
}

/** What a filter gives without the items; undefined when it names something that only they can be. */
export function index(ic, filter, context) {
  const before = ic.warnings.length;
  const found = filter(context);
  const missing = ic.warnings.slice(before).some(({ type }) => type === 'NO_VARIABLE_FOUND');
  if (!missing) return found;
  ic.warnings.length = before;
  return undefined;
}

export function filtered(ic, node, filter, context, items) {
  return items.filter((item) => {
    const fields = getType(item) === 'context' ? item : {};
    return truth(ic, node, filter({ ...context, item, ...fields }));
  });
}

export function operator(op, tag, fn, type) {
  return Object.assign(tag(() => described(op, fn()), type), { op });
}

function refuse(ic, node, left, right) {
  warn(ic, node, 'NOT_COMPARABLE', 'Cannot compare {left} with {right}', { left, right });
  return null;
}

function ordered(left, right) {
  return ORDERED.has(getType(left)) && kind(left) === kind(right);
}

export function compare(ic, node, op, left, right) {
  if (op.op === '=' || op.op === '!=') return equal(ic, node, op, left, right);
  if (!ordered(left, right)) return refuse(ic, node, left, right);
  if (mixedZones(left, right)) return unzoned(ic, node);
  return op()(right).includes(left);
}

// Of two tests, or a test and a range.
function sameTest(left, right) {
  if (left?.test === undefined || right?.test === undefined) return false;
  return left.test === right.test && equals(left.operand, right.operand) === true;
}

function isTest(value) {
  return typeof value === 'function' || isRange(value);
}

function equal(ic, node, op, left, right) {
  if (isTest(left) && isTest(right) && !(isRange(left) && isRange(right))) return sameTest(left, right) === (op.op === '=');
  const result = op()(right)(left);
  if (typeof right === 'function' || result === null) return refuse(ic, node, left, right);
  if (mixedZones(left, right)) warn(ic, node, 'NOT_COMPARABLE', 'A moment with a zone and one without');
  return result;
}

export function between(ic, node, value, start, end) {
  if (!ordered(value, start) || !ordered(value, end)) return refuse(ic, node, value, start);
  return createRange(start, null, true, false).includes(value)
    && createRange(null, end, false, true).includes(value);
}

/** Whether a value may be held against one test of `in` or of a table's cell. */
function fits(test, value) {
  if (isRange(test)) return fitsRange(test, value);
  const type = getType(test);
  if (type === 'list' || type === 'nil' || typeof test === 'function') return true;
  return getType(value) === 'nil' || getType(value) === 'list' || type === getType(value);
}

function fitsRange(range, value) {
  if (isRange(value)) return true;
  const bound = range.start ?? range.end;
  return getType(value) === 'list' || ordered(value, bound);
}

export function within(ic, node, compareIn, value, tests) {
  if (getType(tests) === 'nil') return refuse(ic, node, value, tests);
  const list = Array.isArray(tests) ? tests : [tests];
  const wrong = list.find((test) => !fits(test, value));
  const result = compareIn(value, list.filter((test) => fits(test, value)));
  if (result === true || wrong === undefined) return result;
  refuse(ic, node, value, wrong);
  return isRange(wrong) ? null : result;
}

export function cell(ic, node, compareValue, test, value) {
  if (!fits(test, value)) return refuse(ic, node, value, test);
  return compareValue(test, value);
}

/** Whether a cell gives a boolean to be compared with the input, not a test of `?` already made. */
export function plainBoolean(node, cellValue, context) {
  if (cellValue.type !== 'any' || node.input.includes('?') || typeof context['?'] !== 'boolean') return false;
  return typeof cellValue(context) === 'boolean';
}

export function negative(op, context, value) {
  const operand = value(context);
  if (getType(operand) !== 'duration') return op(context)(() => 0, () => operand);
  const text = String(operand);
  return feelDuration(text.startsWith('-') ? text.slice(1) : `-${text}`);
}

const names = new Map();

function builtinName(target) {
  if (!names.size) for (const [name, fn] of Object.entries(builtins)) names.set(fn, name);
  return names.get(target);
}

export function called(ic, node, target, before, result) {
  if (result !== null && result !== undefined && !Number.isNaN(result)) return result;
  const name = builtinName(target);
  const silent = MAY_BE_NULL.has(name) && !Number.isNaN(result);
  if (name && !silent && ic.warnings.length === before) {
    warn(ic, node, 'INVALID_ARGUMENTS', 'No result of the function {name}', { name });
  }
  return null;
}

export function argument(ic, node, value, type, context) {
  if (value === undefined) return value;
  const taken = fitting(value, type, context);
  if (taken !== undefined) return taken;
  warn(ic, node, 'INVALID_TYPE', 'An argument of the wrong type: {value}', { value });
  return null;
}

export function twice(ic, node) {
  warn(ic, node, 'INVALID_ARGUMENTS', 'The same key twice');
  return null;
}

export function noEnd(ic, node) {
  warn(ic, node, 'INVALID_TYPE', 'An end of a range is null');
  return null;
}

export { equals };
export { instance } from './typing.js';
export * from './temporal.js';
