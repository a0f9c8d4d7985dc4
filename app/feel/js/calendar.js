// Our own functions. A calendar is a table made by worktime.py; here it is only looked up.
import { builtins, date, FeelDate, FeelDateTime, feelDuration, getType, parseDateTime, wrapFunction } from 'feelin';

const tables = new Map();
let clock = { now: null, table: null };

export function loadCalendar(version, table) {
  if (tables.size > 8) tables.clear();
  tables.set(version, table);
}

export function hasCalendar(version) {
  return version === null || tables.has(version);
}

export function setClock(now, version) {
  clock = { now: parseDateTime(now), table: version === null ? null : tables.get(version) };
}

function args(fn, names) {
  fn.$args = names;
  return fn;
}

function day(value) {
  if (getType(value) === 'date') return value;
  if (getType(value) === 'date time') return dateOf(value);
  return typeof value === 'string' ? dateOf(date(value)) : null;
}

function dateOf(value) {
  if (value === null || value instanceof FeelDate) return value;
  return value instanceof FeelDateTime ? new FeelDate(local(value)) : null;
}

// The day it is in Shanghai, eight hours ahead of UTC the year round.
function local(value) {
  if (value.zone === null) return value.value.toPlainDate();
  return value.value.toZonedDateTime(value.zone).withTimeZone('+08:00').toPlainDate();
}

function index(value) {
  const date = day(value);
  if (date === null || clock.table === null) return -1;
  const at = Math.round((Date.UTC(date.year, date.month - 1, date.day) - Date.parse(clock.table.first)) / 86400000);
  return at >= 0 && at < clock.table.days.length ? at : -1;
}

// ordinals[i]: how many working days there are before day i
function ordinals(table) {
  if (table.ordinals) return table.ordinals;
  table.ordinals = [];
  table.workdays = [];
  [...table.days].forEach((mark, at) => {
    table.ordinals.push(table.workdays.length);
    if (mark === '1') table.workdays.push(at);
  });
  return table.ordinals;
}

function dayAt(at) {
  const iso = new Date(Date.parse(clock.table.first) + at * 86400000).toISOString().slice(0, 10);
  return date(iso);
}

function after(from, n) {
  const at = index(from);
  if (at < 0 || !Number.isInteger(n) || n < 0) return null;
  if (n === 0) return dayAt(at);
  const passed = ordinals(clock.table)[at] + (clock.table.days[at] === '1' ? 1 : 0);
  const target = clock.table.workdays[passed + n - 1];
  return target === undefined ? null : dayAt(target);
}

function isWorking(value) {
  const at = index(value);
  return at < 0 ? null : clock.table.days[at] === '1';
}

// working days after `from` up to and with `to`; negative when `to` lies before
function betweenDays(from, to) {
  const [a, b] = [index(from), index(to)];
  if (a < 0 || b < 0) return null;
  const upTo = (at) => ordinals(clock.table)[at] + (clock.table.days[at] === '1' ? 1 : 0);
  return upTo(b) - upTo(a);
}

function months(from, to) {
  const { months: count, sign } = from.value.until(to.value, { largestUnit: 'month' });
  return feelDuration(`${sign < 0 ? '-' : ''}P${Math.abs(count)}M`);
}

/** Six places first, then half up: what was a half before doubles blurred it counts as a half. */
function halfUp(n, scale) {
  const shifted = Number((Math.abs(n) * 10 ** scale).toFixed(6));
  return Math.sign(n) * Math.floor(shifted + 0.5) / 10 ** scale;
}

function halfUpArgs(n, scale) {
  if (Array.isArray(n) && n.length === 1) [n] = n;
  return typeof n === 'number' && typeof scale === 'number' ? halfUp(n, scale) : null;
}

function monthsArgs(from, to) {
  const [a, b] = [dayOnly(from), dayOnly(to)];
  return a && b ? months(a, b) : null;
}

function dayOnly(value) {
  if (getType(value) === 'date') return value;
  return getType(value) === 'date time' ? new FeelDate(value.value.toPlainDate()) : null;
}

Object.assign(builtins, {
  now: args(() => clock.now, []),
  today: args(() => new FeelDate(local(clock.now)), []),
  'years and months duration': args(monthsArgs, ['from', 'to']),
  'round half up': args(halfUpArgs, ['n', 'scale']),
  'working days after': args(after, ['date', 'n']),
  'is working day': args(isWorking, ['date']),
  'working days between': args(betweenDays, ['from', 'to']),
});

// The tokenizer learns names with blanks from the scope.
// now and today are no variable's to take over.
const NAMES = ['working days after', 'is working day', 'working days between', 'now', 'today'];
export const ours = Object.fromEntries(NAMES.map((name) => [name, builtins[name]]));
export { wrapFunction };
