// Item definitions: does a value have the declared type, and the small conversions of DMN 10.3.2.9.4.
import { getType, isContext } from 'feelin';

import { ours } from './calendar.js';
import { note, passes, shape, expression } from './run.js';

const SIMPLE = {
  string: (v) => getType(v) === 'string',
  number: (v) => getType(v) === 'number',
  boolean: (v) => getType(v) === 'boolean',
  date: (v) => getType(v) === 'date',
  time: (v) => getType(v) === 'time',
  'date and time': (v) => getType(v) === 'date time',
  dateTime: (v) => getType(v) === 'date time',
  'days and time duration': (v) => getType(v) === 'duration' && !v.yearsMonths,
  dayTimeDuration: (v) => getType(v) === 'duration' && !v.yearsMonths,
  'years and months duration': (v) => getType(v) === 'duration' && v.yearsMonths,
  yearMonthDuration: (v) => getType(v) === 'duration' && v.yearsMonths,
};
const NEEDS_TEXT = new Set(['date', 'time', 'date and time', 'dateTime']);

function simple(name) {
  return Object.hasOwn(SIMPLE, name ?? '') ? SIMPLE[name] : null;
}

function allowed(text, value) {
  if (!text) return true;
  try {
    return passes(text, shape({ ...ours }), value);
  } catch (error) {
    return false;
  }
}

function fitsDefinition(run, value, type) {
  if (type.components.length) {
    if (!isContext(value)) return false;
    return type.components.every((part) => !Object.hasOwn(value, part.name) || fits(run, value[part.name], part))
      && type.components.every((part) => Object.hasOwn(value, part.name));
  }
  return fitsName(run, value, type.base);
}

function fitsName(run, value, name) {
  if (!name || name === 'Any') return true;
  const test = simple(name);
  if (test) return test(value);
  const type = run.model.types[name];
  return type ? fits(run, value, type) : true;
}

/** Whether a value is of a type by name, whatever values are allowed (`instance of`). */
export function isOf(run, value, type) {
  if (value === null || value === undefined) return true;
  if (type.function) return getType(value) === 'function';
  if (type.collection) return Array.isArray(value) && value.every((item) => isOf(run, item, { ...type, collection: false }));
  if (type.components.length) {
    return isContext(value)
      && type.components.every((part) => Object.hasOwn(value, part.name) && isOf(run, value[part.name], part));
  }
  const base = run.model.types[type.base];
  if (base) return isOf(run, value, base);
  const test = simple(type.base);
  return test ? test(value) : true;
}

/** What a function of this type gives; the type itself when it is no function's. */
export function resultType(run, name) {
  const type = run.model.types[name];
  return type?.function ? type.result : name;
}

/** Whether a value is of an item definition; null is of every one. */
function fits(run, value, type) {
  if (value === null || value === undefined) return true;
  if (type.function) return getType(value) === 'function';
  if (type.collection) {
    if (!Array.isArray(value)) return false;
    return value.every((item) => item === null || one(run, item, type)) && allowed(type.wholeAllowed, value);
  }
  return one(run, value, type);
}

function one(run, value, type) {
  return fitsDefinition(run, value, type) && allowed(type.allowed, value);
}

function isList(run, name) {
  const type = run.model.types[name];
  if (!type) return name === 'list';
  return type.collection || (type.base ? isList(run, type.base) : false);
}

function midnight(value) {
  return expression('date and time(d, time("00:00:00Z"))', shape({ d: value }));
}

// Inside, dates and moments are ISO text: they are read as what the definition says they are.
function fromText(name, value) {
  const ctor = name === 'dateTime' ? 'date and time' : name;
  return expression(`${ctor}(text)`, shape({ text: value }));
}

function base(run, name) {
  const type = run.model.types[name];
  return type && type.base && !type.collection ? base(run, type.base) : name;
}

function converted(run, value, name) {
  const plain = base(run, name);
  if (run.inside && getType(value) === 'string' && NEEDS_TEXT.has(plain)) return fromText(plain, value);
  if (getType(value) === 'date' && /^(date and time|dateTime)$/.test(plain)) return midnight(value);
  if (Array.isArray(value) && value.length === 1 && !isList(run, name)) return value[0];
  if (!Array.isArray(value) && isList(run, name) && name !== 'list') return [value];
  return value;
}

/** The value as the type has it, or null with a note. */
export function coerce(run, value, name, label, eachToo = false) {
  if (value === undefined || value === null) return null;
  if (!name || name === 'Any') return value;
  if (eachToo && value.every((item) => fitsName(run, item, name))) return value;
  if (fitsName(run, value, name)) return value;
  const other = converted(run, value, name);
  if (other !== value && other !== null && fitsName(run, other, name)) return other;
  note('WRONG_TYPE', { name: label ?? '', type: name.split('|').pop() }, value);
  return null;
}

