// Types that an expression names: `instance of`, and the parameters of a function.
import { getType, matchesType } from 'feelin';

// Set by decide.js: how the decision at work finds an item definition by name.
let find = () => null;

export function findingTypes(by) {
  const before = find;
  find = by;
  return () => { find = before; };
}

function conforms(value, type, context) {
  if (value === null || value === undefined) return true;
  if (!type || type.name === 'Any') return true;
  if (type.kind === 'list') return Array.isArray(value) && value.every((each) => conforms(each, type.element, context));
  if (type.kind === 'range') return getType(value) === 'range' && ofRange(value, type.element, context);
  if (type.kind === 'context') return getType(value) === 'context' && hasAll(value, type.entries, context);
  const defined = type.kind === 'name' ? find(type.name) : null;
  return defined ? defined(value) : matchesType(value, type, context);
}

function hasAll(value, entries, context) {
  return entries.every(({ name, type }) => Object.hasOwn(value, name) && conforms(value[name], type, context));
}

function ofRange(value, element, context) {
  return [value.start, value.end].every((each) => conforms(each, element, context));
}

/** `value instance of type`: null is an instance of Null only. */
export function instance(value, type, context) {
  if (value === null || value === undefined) return type?.name === 'Null';
  return conforms(value, type, context);
}

/** An argument as its parameter has it; undefined when it cannot be one. */
export function argument(value, type, context) {
  if (conforms(value, type, context)) return value ?? null;
  if (Array.isArray(value) && value.length === 1 && conforms(value[0], type, context)) return value[0];
  if (type.kind === 'list' && !Array.isArray(value) && conforms([value], type, context)) return [value];
  return undefined;
}

/** The parser knows no `range<…>`: it reads it as `list <…>`, of the same length. */
export function readable(text) {
  return text.includes('range') ? text.replace(/(?<=\bof\s+|[<,:]\s*|->\s*)range(?=<)/g, 'list ') : text;
}
