// What Python calls: text in, text out.
import { hasCalendar, loadCalendar, ours, setClock } from './calendar.js';
import { evaluateModel, loadModel, hasModel } from './decide.js';
import './functions.js';
import { trees } from './infer.js';
import './patterns.js';
import './ranges.js';
import { expression, shape, warnings } from './run.js';
import { encode } from './values.js';
import { parse as parseText } from './walk.js';

function one([text, scope]) {
  warnings();
  try {
    const value = encode(expression(text, shape({ ...scope, ...ours }), true), false);
    return { value, warnings: warnings() };
  } catch (error) {
    return { error: failure(error) };
  }
}

function failure(error) {
  if (error.position) return { kind: 'syntax', template: error.template ?? 'SYNTAX', position: error.position };
  return { kind: 'failed', template: String(error.message ?? error), position: null };
}

function said(text, work) {
  const call = JSON.parse(text);
  if (call.clock) {
    if (!hasCalendar(call.clock[1])) return '{"need":"calendar"}';
    setClock(...call.clock);
  }
  return JSON.stringify(work(call));
}

export const calendar = (text) => said(text, ({ version, table }) => loadCalendar(version, table) ?? null);
export const model = (text) => said(text, ({ key, model: given }) => loadModel(key, given) ?? null);
export const run = (text) => said(text, ({ jobs, clock }) => jobs.map((job) => {
  // Some are asked as of a moment of their own.
  if (job[2]) setClock(job[2], clock[1]);
  return one(job);
}));
export const parse = (text) => said(text, ({ expr, names, unary }) => parseText(expr, names, unary));
export const syntax = (text) => said(text, ({ exprs }) => trees(exprs));
export const decide = (text) => said(text, (call) => {
  if (!hasModel(call.key)) return { need: 'model' };
  return evaluateModel(call.key, call.decision, call.inputs, call.outside);
});
