// Decisions: a graph of tables, literal and boxed expressions (DMN 1.3 and later).
import { getType, isContext, wrapFunction } from 'feelin';

import { ours } from './calendar.js';
import { expression, note, shape, warnings } from './run.js';
import { table } from './table.js';
import { coerce } from './types.js';
import { decode, encode } from './values.js';

const models = new Map();

export const hasModel = (key) => models.has(key);
export function loadModel(key, model) {
  if (models.size > 200) models.clear();
  models.set(key, model);
}

/** One evaluation: remembers decisions already made, and the rows of the asked one. */
class Evaluation {
  constructor(model, inputs, given = false) {
    this.model = model;
    this.inputs = inputs;
    this.given = given;
    this.made = new Map();
    this.rules = [];
    this.depth = 0;
  }

  decision(id) {
    if (!this.made.has(id)) {
      this.made.set(id, null);
      this.made.set(id, this.decide(this.model.decisions[id]));
    }
    return this.made.get(id);
  }

  decide(decision) {
    const value = this.box(decision.logic, this.scopeOf(decision.requires), decision);
    const rows = several(decision.logic) && Array.isArray(value);
    // the type of a table that gives several rows may be that of one row
    return coerce(this, value, decision.type, decision.name, rows);
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

  input({ id, name, type }) {
    const key = [name, id].find((each) => Object.hasOwn(this.inputs, each));
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
    for (const [at, { name, type }] of params.entries()) {
      const before = args[at];
      inner[name] = coerce(this, before, type, name);
      if (inner[name] === null && before !== null) return null;
    }
    this.depth += 1;
    try {
      return coerce(this, this.box(logic.body, inner, owner), logic.type, owner.name);
    } finally {
      this.depth -= 1;
    }
  }

  service({ name, inputs, outputs, type }) {
    return wrapFunction((...args) => {
      if (args.length < inputs.length) return null;
      const given = {};
      const fixed = new Map();
      inputs.forEach((each, at) => {
        const value = coerce(this, args[at], each.type, each.name);
        if (each.kind === 'decision') fixed.set(each.id, value);
        else given[each.name] = value;
      });
      const inner = new Evaluation(this.model, { ...this.inputs, ...given });
      inner.made = fixed;
      return coerce(this, inner.outcome(outputs), type, name);
    }, inputs.map((each) => each.name));
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
    return found.every((value) => typeof value === 'boolean') ? !wanted : null;
  };
}

function filter(run, logic, scope) {
  const over = run.box(logic.over, scope);
  if (over === null) return null;
  const items = Array.isArray(over) ? over : [over];
  return items.filter((item) => {
    const fields = isContext(item) ? item : {};
    return run.box(logic.test, { ...scope, item, ...fields }) === true;
  });
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
    const run = new Evaluation(model, given, outside);
    const service = model.services[decision];
    const value = service ? run.outcome(service.outputs) : run.decision(decision);
    return { value: encode(value, outside), rules: rulesOf(run, decision), warnings: warnings() };
  } catch (error) {
    return { value: null, rules: [], warnings: [...warnings(), broken(error)] };
  }
}

function rulesOf(run, decision) {
  return run.rules.filter((hit) => hit.owner === decision).map((hit) => hit.rule);
}

function broken(error) {
  return { type: 'FAILED', words: {}, types: {}, position: null };
}

