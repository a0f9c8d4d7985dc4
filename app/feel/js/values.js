// Values at the border: JSON inside, {"feel": "date(…)"} only at the outside.
import { getType, isContext } from 'feelin';

import { rangeText } from './functions.js';

const LITERALS = { date: 'date', time: 'time', 'date time': 'date and time', duration: 'duration' };

function special(type, value, outside) {
  if (type === 'range') return outside ? { feel: rangeText(value) } : rangeText(value);
  if (!(type in LITERALS)) return null;
  const text = String(value).replace(/(:\d\d.*)[+-]00:00$/, '$1Z');
  return outside ? { feel: `${LITERALS[type]}("${text}")` } : text;
}

function contextOf(value, outside) {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(item, outside)]));
}

/** A FEEL value as JSON; functions and what is not finite become null. */
export function encode(value, outside) {
  const type = getType(value);
  if (type === 'boolean' || type === 'string') return value;
  if (type === 'number') return Number.isFinite(value) ? value : null;
  if (type === 'list') return value.map((item) => encode(item, outside));
  if (type === 'context') return contextOf(value, outside);
  return special(type, value, outside);
}

function isMark(value) {
  return typeof value.feel === 'string' && Object.keys(value).length === 1;
}

/** JSON from the outside, with {"feel": "…"} evaluated. */
export function decode(value, evaluate) {
  if (Array.isArray(value)) return value.map((item) => decode(item, evaluate));
  if (!isContext(value)) return value;
  if (isMark(value)) return evaluate(value.feel);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item, evaluate)]));
}
