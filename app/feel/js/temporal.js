import { feelDuration, isDuration } from 'feelin';

// How dates, times and durations are written and told apart, where feelin is laxer than the standard.
const YEAR = String.raw`(-?)(\d{4}|[1-9]\d{4,8})`;
const DATE = new RegExp(`^${YEAR}(-\\d{2}-\\d{2})$`);
const MOMENT = new RegExp(`^${YEAR}(-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?)$`);
const TIME = /^\d{2}:\d{2}:\d{2}(?:\.\d+)?$/;
const FARTHEST_H = 18;
const MS = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1000, milliseconds: 1 };

// Temporal wants a sign and six digits where a year has not four.
function wide(found) {
  const [, sign, year, rest] = found;
  if (!sign && year.length === 4) return year + rest;
  return `${sign || '+'}${year.padStart(6, '0')}${rest}`;
}

function read(pattern, text) {
  const found = pattern.exec(text);
  if (!found) throw new RangeError(text);
  return found;
}

export const dateText = (text) => wide(read(DATE, text));
export const momentText = (text) => wide(read(MOMENT, text));
export const timeText = (text) => read(TIME, text)[0];

export function plainYear(iso) {
  return iso.replace(/^([+-])0*(\d{4,})-/, (_, sign, year) => `${sign === '-' ? '-' : ''}${year}-`);
}

export function farZone(zone) {
  const found = /^[+-](\d{2}):(\d{2})(?::(\d{2}))?$/.exec(zone ?? '');
  return found ? Number(found[1]) + Number(found[2]) / 60 + Number(found[3] ?? 0) / 3600 > FARTHEST_H : false;
}

function count(value) {
  return value.years * 12 + value.months;
}

/** Years and months put in order without a calendar; null for what has days in it. */
export function months(value) {
  if (value.weeks || value.days || value.hours || value.minutes || value.seconds) return null;
  const all = count(value);
  return value.with({ years: Math.trunc(all / 12), months: all % 12 });
}

/** Size of a duration for comparing: months by 30 days, or milliseconds. */
export function span({ value, yearsMonths }) {
  if (yearsMonths) return count(value) * 30 * MS.days;
  const whole = Object.entries(MS).reduce((sum, [unit, ms]) => sum + value[unit] * ms, 0);
  return whole + value.microseconds / 1e3 + value.nanoseconds / 1e6;
}

export function durations(a, b, strict) {
  if (a.yearsMonths !== b.yearsMonths) return strict ? false : null;
  return span(a) === span(b);
}

export function seconds(value) {
  const whole = Math.floor(value);
  const nanos = Math.round((value - whole) * 1e9);
  return {
    second: whole,
    millisecond: Math.floor(nanos / 1e6),
    microsecond: Math.floor(nanos / 1e3) % 1000,
    nanosecond: nanos % 1000,
  };
}

function size(duration) {
  return duration.yearsMonths ? count(duration.value) : span(duration);
}

function sized(amount, like) {
  if (!Number.isFinite(amount)) return null;
  const digits = Math.trunc(Math.abs(amount));
  const sign = amount < 0 ? '-' : '';
  return feelDuration(like.yearsMonths ? `${sign}P${digits}M` : `${sign}PT${(digits / 1000).toFixed(3)}S`);
}

/** Duration times or by a number, or by another one; undefined when it is something else. */
export function scaled(op, left, right) {
  if (op !== '*' && op !== '/') return undefined;
  const [a, b] = [isDuration(left), isDuration(right)];
  if (a && typeof right === 'number') return op === '*' || right ? sized(op === '*' ? size(left) * right : size(left) / right, left) : null;
  if (b && typeof left === 'number' && op === '*') return sized(size(right) * left, right);
  if (a && b && op === '/' && left.yearsMonths === right.yearsMonths) return size(right) ? size(left) / size(right) : null;
  return undefined;
}
