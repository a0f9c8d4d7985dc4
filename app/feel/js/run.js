// Reading an expression once, running it often.
import { builtins, getType, Interpreter, isContext, parseExpression, parseUnaryTests, SyntaxError } from 'feelin';

import { readable } from './typing.js';
import { lint } from './walk.js';

const KEPT = 2000;
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;
const WORDS = new Set(['and', 'or', 'in', 'if', 'then', 'else', 'for', 'return', 'some', 'every',
  'satisfies', 'between', 'instance', 'of', 'function', 'external', 'not', 'null', 'true', 'false', 'item']);
const interpreter = new Interpreter();
const read = new Map();

// One list for all expressions of a call: a function made by one may be run by another.
let sink = [];

function listener(text) {
  return {
    get warnings() { return sink; },
    addWarning(node, type, { values }) {
      const { from, to } = node.position;
      sink.push({ type, words: { text: text.slice(from, to) }, types: said(values), position: { from, to } });
    },
  };
}

function said(values) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, sayValue(value)]));
}

// Types, not values: a message may reach a log, and values may be a person's.
function sayValue(value) {
  if (typeof value === 'function') return 'test';
  return getType(value);
}

/** A message about a decision: `words` are the author's, of `value` only the type is told. */
export function note(type, words = {}, value = undefined) {
  const types = value === undefined ? {} : said({ value });
  sink.push({ type, words, types, position: null });
}

/** Takes all warnings so far and starts anew. */
export function warnings() {
  const taken = sink;
  sink = [];
  return taken;
}

// Only names that are not plain words change how an expression is read.
function oddNames(value, found, depth) {
  if (depth > 6) return;
  if (Array.isArray(value)) {
    for (const item of value.slice(0, 50)) oddNames(item, found, depth + 1);
  } else if (isContext(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (!PLAIN.test(key) || WORDS.has(key)) found.add(key);
      if (item !== null && typeof item === 'object') oddNames(item, found, depth + 1);
    }
  }
}

function signature(context) {
  const found = new Set();
  oddNames(context, found, 0);
  return found.size ? [...found].sort().join('\u0001') : '';
}

export function shape(context) {
  return { context, names: signature(context) };
}

function make(text, shaped, unary, strict) {
  const tree = (unary ? parseUnaryTests : parseExpression)(readable(text), shaped.context);
  const { root } = interpreter._buildExecutionTree(tree, text, listener(text));
  const finding = strict ? lint(tree, text) : null;
  if (finding) throw Object.assign(new SyntaxError(finding.message, finding), { template: finding.message });
  return root;
}

function compiled(text, shaped, unary, strict) {
  const key = `${unary ? 'u' : 'e'}${strict ? 's' : 't'}${text}\u0000${shaped.names}`;
  let root = read.get(key);
  if (!root) {
    if (read.size >= KEPT) read.clear();
    root = make(text, shaped, unary, strict);
    read.set(key, root);
  }
  return root;
}

export function expression(text, shaped, strict = false) {
  return compiled(text, shaped, false, strict)(shaped.context);
}

/** Whether a value passes a cell. */
export function passes(text, shaped, value) {
  const context = { ...shaped.context, '?': value };
  const root = compiled(text, { context, names: `${shaped.names}\u0001?` }, true, false);
  return root(context)(value) === true;
}

export function isBuiltin(name) {
  return Object.hasOwn(builtins, name.replace(/\s+/g, ' '));
}
