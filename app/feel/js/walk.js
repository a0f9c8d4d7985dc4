// Which variables an expression names, found by walking its tree with the scopes in mind.
import { builtins, parseExpression, parseUnaryTests } from 'feelin';

import { ours } from './calendar.js';
import { readable } from './typing.js';

const FULL_WIDTH = /[\uff01-\uff5e\u3000\u201c\u201d\u2018\u2019\u3001\u3002]/u;
const OURS = new Set(['partial', 'item', '?']);

function children(node) {
  const list = [];
  for (let child = node.firstChild; child; child = child.nextSibling) list.push(child);
  return list;
}

function first(node, name) {
  return children(node).find((child) => child.name === name);
}

class Walk {
  constructor(text) {
    this.text = text;
    this.variables = new Set();
    this.paths = new Set();
    this.perhaps = new Set();
  }

  word(node) {
    return this.text.slice(node.from, node.to).replace(/\s+/g, ' ');
  }

  /** Notes a name; gives back its path, or null when it is no variable. */
  name(node, scope) {
    const name = this.word(node);
    if (scope.bound.has(name) || OURS.has(name) || Object.hasOwn(builtins, name)) return null;
    (scope.inFilter ? this.perhaps : this.variables).add(name);
    if (!scope.inFilter) this.paths.add(name);
    return scope.inFilter ? null : name;
  }

  go(node, scope) {
    const way = ways[node.name];
    return way ? way(this, node, scope) : this.all(children(node), scope);
  }

  all(nodes, scope) {
    for (const node of nodes) this.go(node, scope);
    return null;
  }
}

function bind(scope, names) {
  return { ...scope, bound: new Set([...scope.bound, ...names]) };
}

function path(walk, node, scope) {
  const [target, , property] = children(node);
  const base = walk.go(target, scope);
  if (!base || property?.name !== 'PathName') return null;
  const whole = `${base}.${walk.word(property)}`;
  walk.paths.delete(base);
  walk.paths.add(whole);
  return whole;
}

function filter(walk, node, scope) {
  const [target, ...rest] = children(node);
  const base = walk.go(target, scope);
  walk.all(rest, { ...scope, inFilter: true });
  return base;
}

// for, some, every: each `name in list` is seen by the ones after it and by the body.
function iterate(walk, node, scope) {
  let inner = scope;
  for (const child of children(node)) {
    if (child.name !== 'InExpressions') walk.go(child, inner);
    else inner = iterations(walk, child, inner);
  }
  return null;
}

function iterations(walk, node, scope) {
  let inner = scope;
  for (const each of children(node).filter((child) => child.name === 'InExpression')) {
    const name = first(each, 'Name');
    walk.all(children(each).filter((child) => child.name !== 'Name'), inner);
    if (name) inner = bind(inner, [walk.word(name)]);
  }
  return inner;
}

function fn(walk, node, scope) {
  const formal = first(node, 'FormalParameters');
  const names = formal ? children(formal).map((each) => first(each, 'ParameterName')).filter(Boolean) : [];
  return walk.all(children(node).filter((child) => child.name === 'FunctionBody'),
    bind(scope, names.map((name) => walk.word(name))));
}

function context(walk, node, scope) {
  let inner = scope;
  for (const entry of children(node).filter((child) => child.name === 'ContextEntry')) {
    const [key, ...value] = children(entry);
    walk.all(value, inner);
    inner = bind(inner, [walk.word(key).replace(/^"|"$/g, '')]);
  }
  return null;
}

function named(walk, node, scope) {
  return walk.all(children(node).filter((child) => child.name !== 'ParameterName'), scope);
}

function instance(walk, node, scope) {
  return walk.all(children(node).filter((child) => child.name !== 'Type'), scope);
}

const ways = {
  VariableName: (walk, node, scope) => walk.name(node, scope),
  PathExpression: path,
  FilterExpression: filter,
  ForExpression: iterate,
  QuantifiedExpression: iterate,
  FunctionDefinition: fn,
  Context: context,
  NamedParameter: named,
  InstanceOfExpression: instance,
};

function fault(tree) {
  let found = null;
  tree.iterate({ enter(node) {
    if (node.type.isError) found ??= { from: node.from, to: node.to };
    return found === null;
  } });
  return found && { message: 'SYNTAX', position: found };
}

const DOUBLE = 'DOUBLE_EQUALS';
const WIDE = 'FULL_WIDTH';

/** What parses but does not mean what it seems to. */
export function lint(tree, text) {
  let found = null;
  tree.iterate({ enter(node) {
    if (found) return false;
    if (/^(VariableName|PathName|Name|Key|ParameterName)$/.test(node.name)) found = wide(node, text);
    if (node.name === 'Comparison') found = doubled(node.node, text);
    return true;
  } });
  return found;
}

function wide(node, text) {
  const at = text.slice(node.from, node.to).search(FULL_WIDTH);
  if (at < 0) return null;
  return { message: WIDE, position: { from: node.from + at, to: node.from + at + 1 } };
}

// a == 5 reads as a = (= 5), a comparison with a test
function doubled(node, text) {
  const [, op, right] = children(node);
  if (op?.name !== 'CompareOp' || right?.name !== 'SimplePositiveUnaryTest') return null;
  if (right.firstChild?.name !== 'CompareOp') return null;
  return { message: DOUBLE, position: { from: op.from, to: right.firstChild.to } };
}

export function parse(text, names, unary) {
  const known = { ...Object.fromEntries(names.map((name) => [name, null])), ...ours };
  const tree = (unary ? parseUnaryTests : parseExpression)(readable(text), known);
  const error = fault(tree) ?? lint(tree, text);
  const walk = new Walk(text);
  if (!error) walk.go(tree.topNode, { bound: new Set(), inFilter: false });
  const { variables, paths, perhaps } = walk;
  return { error, variables: [...variables], paths: [...paths], perhaps: [...perhaps] };
}
