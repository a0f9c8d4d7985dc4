// Our own functions. A calendar is a table made by worktime.py; here it is only looked up.
import {
  builtins, date, FeelDate, feelDuration, getType, parseDateTime, toComparable, wrapFunction,
} from 'feelin';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const tables = new Map();
let clock = { now: null, table: null };

export function loadCalendar(version, table) {
  // One for the house and one for each branch with hours or days of its own.
  if (tables.size > 24) tables.clear();
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

// A date, or the day it is in Shanghai at a moment; ISO text of either. Null without a zone.
function day(value) {
  const given = typeof value === 'string' ? date(value) : value;
  if (getType(given) === 'date') return given;
  return getType(given) === 'date time' && given.zone !== null ? new FeelDate(local(given)) : null;
}

// The day it is in Shanghai, eight hours ahead of UTC the year round.
function local(value) {
  if (value.zone === null) return value.value.toPlainDate();
  return value.value.toZonedDateTime(value.zone).withTimeZone('+08:00').toPlainDate();
}

function index(value) {
  const found = day(value);
  return found === null || clock.table === null ? -1 : inTable(Math.round((dayNumber(found) - first()) / DAY));
}

function dayNumber({ year, month, day: of }) {
  return new Date(0).setUTCFullYear(year, month - 1, of);
}

const first = () => Date.parse(clock.table.first);
const inTable = (at) => (at >= 0 && at < clock.table.days.length ? at : -1);

// ordinals[i]: how many working days there are before day i; totals[i]: how much service before it
function ordinals(table) {
  if (table.ordinals) return table.ordinals;
  table.kinds = [[], ...table.hours.map((spans) => spans.map((span) => span.map((at) => at * MINUTE)))];
  table.lengths = table.kinds.map((spans) => spans.reduce((sum, [from, to]) => sum + to - from, 0));
  table.ordinals = [];
  table.workdays = [];
  table.totals = [];
  let total = 0;
  [...table.days].forEach((mark, at) => {
    table.ordinals.push(table.workdays.length);
    table.totals.push(total);
    if (mark === '0') return;
    table.workdays.push(at);
    total += table.lengths[Number(mark)];
  });
  table.totals.push(total);
  return table.ordinals;
}

const works = (at) => clock.table.days[at] !== '0';

function spans(at) {
  ordinals(clock.table);
  return clock.table.kinds[Number(clock.table.days[at])];
}

function dayAt(at) {
  const iso = new Date(Date.parse(clock.table.first) + at * 86400000).toISOString().slice(0, 10);
  return date(iso);
}

function after(from, n) {
  const at = index(from);
  if (at < 0 || !Number.isInteger(n) || n < 0) return null;
  if (n === 0) return dayAt(at);
  const passed = ordinals(clock.table)[at] + (works(at) ? 1 : 0);
  const target = clock.table.workdays[passed + n - 1];
  return target === undefined ? null : dayAt(target);
}

function isWorking(value) {
  const at = index(value);
  return at < 0 ? null : works(at);
}

// working days after `from` up to and with `to`; negative when `to` lies before
function betweenDays(from, to) {
  const [a, b] = [index(from), index(to)];
  if (a < 0 || b < 0) return null;
  const upTo = (at) => ordinals(clock.table)[at] + (works(at) ? 1 : 0);
  return upTo(b) - upTo(a);
}

/** Where a moment lies: the day's place in the table, and the milliseconds of that day in Shanghai. */
function moment(value) {
  const given = typeof value === 'string' ? date(value) : value;
  if (getType(given) !== 'date time' || given.zone === null || clock.table === null) return null;
  const since = toComparable(given) + 8 * HOUR - first();
  const at = inTable(Math.floor(since / DAY));
  return at < 0 ? null : { at, ms: since - at * DAY };
}

// Service time from the first day of the table up to a moment.
function served({ at, ms }) {
  const today = spans(at).reduce((sum, [from, to]) => sum + Math.max(Math.min(ms, to) - from, 0), 0);
  return clock.table.totals[at] + today;
}

function betweenUnits(unit) {
  return (from, to) => {
    const [a, b] = [moment(from), moment(to)];
    return a === null || b === null ? null : (served(b) - served(a)) / unit;
  };
}

// Time used up with the close of service ends then: the limit itself is within it.
function afterUnits(unit) {
  return (from, n) => {
    const start = moment(from);
    if (start === null || typeof n !== 'number' || !(n >= 0)) return null;
    const span = Math.round((n * unit) / 1000) * 1000;
    if (span === 0) return atMoment(start.at, start.ms);
    return reached(served(start) + span, start.at);
  };
}

// The first moment by which so much service has passed since the first day of the table.
function reached(target, from) {
  const { totals } = clock.table;
  let [low, high] = [from, totals.length - 2];
  if (totals[high + 1] < target) return null;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (totals[middle + 1] >= target) high = middle;
    else low = middle + 1;
  }
  let left = target - totals[low];
  for (const [open, close] of spans(low)) {
    if (left <= close - open) return atMoment(low, open + left);
    left -= close - open;
  }
  return null;
}

function atMoment(at, ms) {
  const iso = new Date(first() + at * DAY + ms).toISOString();
  return parseDateTime(`${iso.slice(0, -1).replace('.000', '')}+08:00`);
}

function isOpen(value) {
  const found = moment(value);
  if (found === null) return null;
  return spans(found.at).some(([from, to]) => found.ms >= from && found.ms <= to);
}

function months(from, to) {
  const { months: count, sign } = from.value.until(to.value, { largestUnit: 'month' });
  return feelDuration(`${sign < 0 ? '-' : ''}P${Math.abs(count)}M`);
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
  'working days after': args(after, ['date', 'n']),
  'is working day': args(isWorking, ['date']),
  'working days between': args(betweenDays, ['from', 'to']),
  'next working day': args((value) => after(value, 1), ['date']),
  'is working time': args(isOpen, ['moment']),
  'working hours after': args(afterUnits(HOUR), ['moment', 'n']),
  'working hours between': args(betweenUnits(HOUR), ['from', 'to']),
  'working minutes after': args(afterUnits(MINUTE), ['moment', 'n']),
  'working minutes between': args(betweenUnits(MINUTE), ['from', 'to']),
});

// The tokenizer learns names with blanks from the scope.
// now and today are no variable's to take over.
const NAMES = [
  'working days after', 'is working day', 'working days between', 'next working day', 'is working time',
  'working hours after', 'working hours between', 'working minutes after', 'working minutes between',
  'now', 'today',
];
export const ours = Object.fromEntries(NAMES.map((name) => [name, builtins[name]]));
export { wrapFunction };
