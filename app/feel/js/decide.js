// Decisions: a graph of tables, literal and boxed expressions (DMN 1.3 and later).
import { getType, isContext, wrapFunction } from 'feelin';

import { ours } from './calendar.js';
import { expression, note, shape, warnings } from './run.js';
import { table } from './table.js';
import { coerce, isOf, resultType } from './types.js';
import { findingTypes } from './typing.js';
import { decode, encode } from './values.js';

const models = new Map();
// After one of these whatever came out is no result: something that was meant is not there.
const BROKEN = new Set(['CYCLE', 'SYNTAX', 'NO_VARIABLE_FOUND', 'NO_FUNCTION_FOUND', 'UNSUPPORTED']);

export const hasModel = (key) => models.has(key);
export function loadModel(key, model) {
  if (models.size > 200) models.clear();
  models.set(key, model);
}

/** One evaluation: remembers decisions already made, and writes down each in the order of its end. */
class Evaluation {
  constructor(model, inputs, given = false, inside = true, trail = []) {
    this.model = model;
    this.inside = inside;
    this.inputs = inputs;
    this.given = given;
    this.made = new Map();
    this.trail = trail;
    this.hits = null;
    this.depth = 0;
  }

  decision(id) {
    if (!this.made.has(id)) {
      this.made.set(id, undefined);
      this.made.set(id, this.decide(this.model.decisions[id]));
    }
    if (this.made.get(id) === undefined) note('CYCLE', { name: this.model.decisions[id].label });
    return this.made.get(id) ?? null;
  }

  decide(decision) {
    const scope = this.scopeOf(decision.requires);
    const outer = this.hits;
    this.hits = { rules: [], columns: {} };
    const restore = findingTypes((name) => this.typeNamed(name, decision.id));
    const value = this.box(decision.logic, scope, decision);
    restore();
    const rows = several(decision.logic) && Array.isArray(value);
    // the type of a table that gives several rows may be that of one row
    const result = coerce(this, value, decision.type, decision.name, rows);
    const { rules, columns } = this.hits;
    this.hits = outer;
    this.trail.push({ of: decision, inputs: { ...read(decision.requires, scope), ...columns }, rules, result });
    return result;
  }

  // An item definition of the decision's own file, else of any; `prefix.name` is one of an import.
  typeNamed(name, owner) {
    const { types } = this.model;
    const own = `${owner.slice(0, owner.lastIndexOf('#'))}|${name}`;
    const last = name.slice(name.lastIndexOf('.') + 1);
    const key = own in types ? own : Object.keys(types).find((each) => [name, last].includes(each.split('|').pop()));
    return key ? (value) => isOf(this, value, types[key]) : null;
  }

  scopeOf(requires) {
    const scope = {};
    for (const need of requires) {
      const value = this.required(need);
      if (need.prefix) scope[need.prefix] = { ...scope[need.prefix], [need.name]: value };
      else scope[need.name] = value;
    }
    return scope;
  }

  required(need) {
    if (need.kind === 'input') return this.input(this.model.inputs[need.id]);
    if (need.kind === 'decision') return this.given ? this.givenOr(need) : this.decision(need.id);
    if (need.kind === 'service') return this.service(this.model.services[need.id]);
    return this.knowledge(this.model.bkms[need.id]);
  }

  // A caller from the outside may state a required decision instead of having it made.
  givenOr({ id, name, type }) {
    if (!Object.hasOwn(this.inputs, name)) return this.decision(id);
    return coerce(this, this.inputs[name], type, name);
  }

  input({ id, name, label, type }) {
    const space = id.slice(0, id.lastIndexOf('#') + 1);
    const key = [space + name, space + label, name, label, id].find((each) => Object.hasOwn(this.inputs, each));
    if (key === undefined) {
      note('NO_INPUT', { name });
      return null;
    }
    return coerce(this, this.inputs[key], type, name);
  }

  knowledge(bkm) {
    if (!this.made.has(bkm.id)) {
      this.made.set(bkm.id, null);
      const scope = this.scopeOf(bkm.requires);
      this.made.set(bkm.id, this.callable(bkm.logic, scope, bkm));
    }
    return this.made.get(bkm.id);
  }

  callable(logic, scope, owner) {
    const params = logic.params ?? [];
    const fn = wrapFunction((...args) => this.invoke(logic, params, args, { ...scope, [owner.name]: fn }, owner),
      params.map((param) => param.name));
    return fn;
  }

  invoke(logic, params, args, scope, owner) {
    if (args.length < params.length || this.depth > 200) {
      note('INVALID_CALL', { name: owner.name });
      return null;
    }
    const inner = { ...scope };
    for (const [at, { name, type }] of params.entries()) inner[name] = coerce(this, args[at], type, name);
    this.depth += 1;
    try {
      return coerce(this, this.box(logic.body, inner, owner), resultType(this, logic.type), owner.name);
    } finally {
      this.depth -= 1;
    }
  }

  service(service) {
    const names = service.inputs.map((each) => each.name);
    return wrapFunction((...args) => this.serve(service, args), names);
  }

  // A wrong argument is none: the service is not asked.
  serve(service, args) {
    const { name, inputs, outputs, type } = service;
    if (args.length < inputs.length) {
      note('INVALID_CALL', { name });
      return null;
    }
    const given = {};
    const fixed = new Map();
    for (const [at, each] of inputs.entries()) {
      const value = coerce(this, args[at], each.type, each.name);
      if (value === null && (args[at] ?? null) !== null) return null;
      if (each.kind === 'decision') fixed.set(each.id, value);
      else given[each.name] = value;
    }
    const inner = new Evaluation(this.model, { ...this.inputs, ...given }, false, this.inside, this.trail);
    inner.made = fixed;
    const result = coerce(this, inner.outcome(outputs), resultType(this, type), name);
    const taken = inputs.map((each) => [each.name, each.kind === 'decision' ? fixed.get(each.id) : given[each.name]]);
    this.trail.push({ of: service, inputs: Object.fromEntries(taken), rules: [], result });
    return result;
  }

  // A service that is asked for itself: all that it takes must be given.
  asked(service) {
    const keys = service.inputs.map(({ name, id }) => [name, id].find((each) => Object.hasOwn(this.inputs, each)));
    service.inputs.forEach(({ name }, at) => {
      if (keys[at] === undefined) note('NO_INPUT', { name });
    });
    if (keys.includes(undefined)) return null;
    return this.serve(service, keys.map((key) => this.inputs[key]));
  }

  // Knowledge that is asked for itself: its parameters are the inputs.
  known(bkm) {
    const given = bkm.logic.params.filter(({ name }) => Object.hasOwn(this.inputs, name));
    const result = this.knowledge(bkm).invoke(given.map(({ name }) => this.inputs[name]));
    return result ?? null;
  }

  outcome(outputs) {
    if (outputs.length === 1) return this.decision(outputs[0].id);
    return Object.fromEntries(outputs.map(({ id, name }) => [name, this.decision(id)]));
  }

  feel(text, scope) {
    if (!text || !text.trim()) return null;
    try {
      return expression(text, shape({ ...scope, ...ours }));
    } catch (error) {
      note('SYNTAX', { text });
      return null;
    }
  }

  box(logic, scope, owner) {
    if (!logic) return null;
    const value = boxes[logic.kind](this, logic, scope, owner);
    return logic.type ? coerce(this, value, logic.type, logic.label ?? owner?.name ?? '') : value;
  }
}

// Of what a decision requires, the values: not the functions.
function read(requires, scope) {
  const values = requires.filter(({ kind }) => kind === 'input' || kind === 'decision');
  return Object.fromEntries(values.map(({ name, prefix }) => [name, prefix ? scope[prefix][name] : scope[name]]));
}

function several(logic) {
  return logic?.kind === 'table' && /^(RULE ORDER|OUTPUT ORDER|COLLECT)$/.test(logic.policy);
}

function literal(run, { text }, scope) {
  return run.feel(text, scope);
}

// The last entry without a name is the result; else all entries are.
function context(run, { entries }, scope) {
  const inner = { ...scope };
  const result = {};
  for (const { name, type, logic } of entries) {
    const value = coerce(run, run.box(logic, inner, { name: name ?? '' }), type, name);
    if (name === null) return value;
    inner[name] = value;
    result[name] = value;
  }
  return result;
}

function call(run, { target, bindings }, scope) {
  const fn = wrapFunction(run.feel(target, scope));
  if (!fn) {
    note('NO_FUNCTION_FOUND', { text: target });
    return null;
  }
  const args = bindings.map(({ name, logic }) => [name, run.box(logic, scope)]);
  const result = fn.invoke(Object.fromEntries(args));
  return getType(result) === 'literal' ? failed(target) : result ?? null;
}

function failed(name) {
  note('INVALID_CALL', { name });
  return null;
}

function fn(run, logic, scope, owner) {
  if (logic.external) {
    note('UNSUPPORTED');
    return null;
  }
  return run.callable(logic, scope, owner ?? { name: '' });
}

const list = (run, { items }, scope) => items.map((item) => run.box(item, scope));

function relation(run, { columns, rows }, scope) {
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, run.box(row[at], scope)])));
}

function conditional(run, logic, scope) {
  const test = run.box(logic.test, scope);
  if (typeof test !== 'boolean') note('INVALID_TYPE', {}, test);
  if (typeof test !== 'boolean' && test !== null) return null;
  return run.box(test === true ? logic.then : logic.otherwise, scope);
}

function members(run, logic, scope) {
  const over = run.box(logic.over, scope);
  if (Array.isArray(over)) return over;
  if (getType(over) === 'range') return over.map((each) => each);
  note('INVALID_TYPE');
  return null;
}

function each(run, logic, scope) {
  const partial = [];
  const items = members(run, logic, scope);
  if (items === null) return null;
  for (const item of items) partial.push(run.box(logic.body, { ...scope, [logic.name]: item, partial }));
  return partial;
}

function quantified(wanted) {
  return (run, logic, scope) => {
    const found = each(run, logic, scope);
    if (found === null) return null;
    if (found.includes(wanted)) return wanted;
    return allBoolean(found) ? !wanted : null;
  };
}

function allBoolean(values) {
  const other = values.find((value) => typeof value !== 'boolean');
  if (other === undefined) return true;
  note('INVALID_TYPE', {}, other);
  return false;
}

function filter(run, logic, scope) {
  const over = run.box(logic.over, scope);
  if (over === null) return null;
  const items = Array.isArray(over) ? over : [over];
  const hits = items.map((item) => {
    const fields = isContext(item) ? item : {};
    return run.box(logic.test, { ...scope, item, ...fields });
  });
  return allBoolean(hits) ? items.filter((_, at) => hits[at]) : null;
}

const boxes = {
  literal, context, call, list, relation, conditional, filter, table, function: fn,
  for: each, some: quantified(true), every: quantified(false),
};

function outsideValue(text) {
  return expression(text, shape({ ...ours }));
}

export function evaluateModel(key, decision, inputs, outside) {
  warnings();
  const model = models.get(key);
  try {
    const given = decode(inputs, outsideValue);
    const run = new Evaluation(model, given, outside, !outside);
    const service = model.services[decision];
    const knowledge = model.bkms[decision];
    const value = service ? run.asked(service) : knowledge ? run.known(knowledge) : run.decision(decision);
    const said = warnings();
    const sound = !said.some(({ type }) => BROKEN.has(type));
    const evaluations = run.trail.map((each) => plain(each, outside));
    const rules = run.trail.findLast(({ of }) => of.id === decision)?.rules ?? [];
    return { value: sound ? encode(value, outside) : null, rules, warnings: said, evaluations };
  } catch (error) {
    return { value: null, rules: [], warnings: [...warnings(), broken(error)], evaluations: [] };
  }
}

function plain({ of, inputs, rules, result }, outside) {
  const id = of.id.slice(of.id.lastIndexOf('#') + 1);
  return { decision: id, name: of.label, inputs: encode(inputs, outside), rules, result: encode(result, outside) };
}

function broken(error) {
  return { type: 'FAILED', words: {}, types: {}, position: null };
}

