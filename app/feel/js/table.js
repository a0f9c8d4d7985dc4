// A decision table: which rows match, and what the hit policy makes of them.
import { equals, getType } from 'feelin';

import { ours } from './calendar.js';
import { note, passes, shape } from './run.js';
import { coerce } from './types.js';

function isAny(text) {
  const cell = text.trim();
  return cell === '' || cell === '-';
}

function passesCell(text, shaped, value) {
  if (isAny(text)) return true;
  try {
    return passes(text, shaped, value);
  } catch (error) {
    note('SYNTAX', { text });
    return false;
  }
}

function readInputs(run, logic, scope, shaped) {
  return logic.inputs.map(({ text, type, allowed }) => {
    const value = coerce(run, run.feel(text, scope), type, text);
    if (value === null || isAny(allowed) || passesCell(allowed, shaped, value)) return value;
    note('NOT_ALLOWED', { name: text });
    return undefined;
  });
}

function outputs(run, logic, scope, texts) {
  return texts.map((text, at) => coerce(run, run.feel(text, scope), logic.outputs[at].type, logic.outputs[at].name));
}

function shaped(logic, values) {
  if (logic.outputs.length === 1) return values[0];
  return Object.fromEntries(logic.outputs.map(({ name }, at) => [name, values[at]]));
}

export function table(run, logic, scope, owner) {
  const context = shape({ ...scope, ...ours });
  const inputs = readInputs(run, logic, scope, context);
  if (inputs.includes(undefined)) return null;
  const hits = [];
  for (const [at, rule] of logic.rules.entries()) {
    if (!rule.tests.every((text, column) => passesCell(text, context, inputs[column]))) continue;
    hits.push({ at, id: rule.id ?? String(at + 1), values: outputs(run, logic, scope, rule.outputs) });
    if (logic.policy === 'FIRST') break;
  }
  const chosen = hits.length ? policies[logic.policy](logic, hits, context) : [];
  if (run.hits) keep(run, logic, inputs, chosen ?? hits, owner?.logic === logic);
  if (chosen === null) return null;
  return chosen.length ? outcome(logic, chosen) : missed(run, logic, scope);
}

// For the trail: the rows, of knowledge that was asked too, and what the columns of the own table got.
function keep(run, logic, inputs, hits, own) {
  if (own) logic.inputs.forEach(({ text }, at) => { run.hits.columns[text] = inputs[at]; });
  run.hits.rules.push(...hits.map((hit) => hit.id));
}

function missed(run, logic, scope) {
  const defaults = logic.outputs.map((output) => output.default);
  if (defaults.some((text) => text)) return shaped(logic, outputs(run, logic, scope, defaults));
  if (logic.policy === 'COLLECT' && logic.aggregation === 'COUNT') return 0;
  // Nothing to collect is an answer: an empty list.
  if (logic.policy === 'COLLECT' && !logic.aggregation) return [];
  note('NO_RULE');
  return null;
}

function outcome(logic, chosen) {
  const values = chosen.map((hit) => shaped(logic, hit.values));
  if (!/^(COLLECT|RULE ORDER|OUTPUT ORDER)$/.test(logic.policy)) return values[0];
  return logic.policy === 'COLLECT' && logic.aggregation ? aggregate(logic, values) : values;
}

function aggregate({ aggregation }, values) {
  if (aggregation === 'COUNT') return values.length;
  const kind = getType(values[0]);
  if (values.some((value) => getType(value) !== kind) || kind === 'nil') return notAll();
  if (aggregation === 'SUM') return kind === 'number' ? values.reduce((a, b) => a + b) : notAll();
  const sign = aggregation === 'MIN' ? -1 : 1;
  return values.reduce((a, b) => (sign * order(b, a) > 0 ? b : a));
}

function order(a, b) {
  if (a > b) return 1;
  return a < b ? -1 : 0;
}

function notAll() {
  note('INVALID_TYPE');
  return null;
}

function unique(logic, hits) {
  if (hits.length === 1) return hits;
  note('SEVERAL_RULES', { rules: hits.map((hit) => hit.at + 1).join(' ') });
  return null;
}

function any(logic, hits) {
  if (hits.every((hit) => equals(hit.values, hits[0].values) === true)) return [hits[0]];
  note('RULES_DIFFER', { rules: hits.map((hit) => hit.at + 1).join(' ') });
  return null;
}

// Place of an output among its allowed values, column by column: the earlier, the more urgent.
function rank(logic, hit, context) {
  return logic.outputs.map(({ values }, at) => {
    const place = values.findIndex((text) => passesCell(text, context, hit.values[at]));
    return place < 0 ? values.length : place;
  });
}

function sorted(logic, hits, context) {
  const ranked = hits.map((hit) => ({ hit, rank: rank(logic, hit, context) }));
  ranked.sort((a, b) => {
    const at = a.rank.findIndex((place, column) => place !== b.rank[column]);
    return at < 0 ? a.hit.at - b.hit.at : a.rank[at] - b.rank[at];
  });
  return ranked.map(({ hit }) => hit);
}

const all = (logic, hits) => hits;

const policies = {
  UNIQUE: unique,
  ANY: any,
  FIRST: (logic, hits) => hits.slice(0, 1),
  PRIORITY: (logic, hits, context) => sorted(logic, hits, context).slice(0, 1),
  'OUTPUT ORDER': sorted,
  'RULE ORDER': all,
  COLLECT: all,
};
