// Regular expressions as XPath has them (DMN 10.3.4.3), put into those of JavaScript.
import { builtins } from 'feelin';

const BLOCKS = {
  IsBasicLatin: '\\u0000-\\u007f', 'IsLatin-1Supplement': '\\u0080-\\u00ff', IsGreek: '\\u0370-\\u03ff',
  IsCyrillic: '\\u0400-\\u04ff', IsHebrew: '\\u0590-\\u05ff', IsArabic: '\\u0600-\\u06ff',
  IsCJKUnifiedIdeographs: '\\u4e00-\\u9fff', IsHiragana: '\\u3040-\\u309f', IsKatakana: '\\u30a0-\\u30ff',
};
const INITIAL = '\\p{L}_:';
const NAME = '\\p{L}\\p{M}\\p{Nd}_:.\\-\\u00b7';

class Wrong extends Error {}

function block(name, negated, inside) {
  const range = BLOCKS[name];
  if (!range || (negated && inside)) throw new Wrong(name);
  if (inside) return range;
  return `[${negated ? '^' : ''}${range}]`;
}

function escape(text, at, inside) {
  const rest = text.slice(at);
  const named = /^\\([pP])\{(Is[^}]*)\}/.exec(rest);
  if (named) return [block(named[2], named[1] === 'P', inside), named[0].length];
  if (/^\\0/.test(rest) || (inside && /^\\\d/.test(rest) && !/^\\d/.test(rest))) throw new Wrong('back reference');
  if (/^\\[ic]/.test(rest)) {
    const set = rest[1] === 'i' ? INITIAL : NAME;
    return [inside ? set : `[${set}]`, 2];
  }
  return [rest.slice(0, 2), 2];
}

/** A class in brackets from `at`; `[a-z-[aeiou]]` becomes a look ahead. */
function klass(text, at) {
  let out = '[';
  let i = at + 1;
  if (text[i] === '^') {
    out += '^';
    i += 1;
  }
  while (i < text.length && text[i] !== ']') {
    if (text[i] === '-' && text[i + 1] === '[') {
      const [inner, length] = klass(text, i + 1);
      const end = i + 1 + length;
      if (text[end] !== ']') throw new Wrong('subtraction');
      return [`(?:(?!${inner})${out}])`, end + 1 - at];
    }
    const [piece, length] = text[i] === '\\' ? escape(text, i, true) : [text[i], 1];
    out += piece;
    i += length;
  }
  return [`${out}]`, i + 1 - at];
}

function translated(pattern) {
  let out = '';
  for (let i = 0; i < pattern.length;) {
    let piece = [pattern[i], 1];
    if (pattern[i] === '\\') piece = escape(pattern, i, false);
    else if (pattern[i] === '[') piece = klass(pattern, i);
    out += piece[0];
    i += piece[1];
  }
  return out;
}

/** Flag x: blanks count only inside brackets. */
function squeezed(pattern) {
  let depth = 0;
  return [...pattern].filter((char, at) => {
    if (char === '[' && pattern[at - 1] !== '\\') depth += 1;
    if (char === ']' && pattern[at - 1] !== '\\') depth -= 1;
    return depth > 0 || !/\s/.test(char);
  }).join('');
}

const made = new Map();

function expression(pattern, flags, more) {
  const key = `${more}/${flags}/${pattern}`;
  if (!made.has(key)) {
    if (made.size > 500) made.clear();
    made.set(key, compiled(pattern, flags, more));
  }
  return made.get(key);
}

function compiled(pattern, flags, more) {
  if (/[^smix]/.test(flags)) return null;
  const wanted = [...new Set(flags)].filter((flag) => flag !== 'x').join('');
  try {
    return new RegExp(translated(flags.includes('x') ? squeezed(pattern) : pattern), `u${wanted}${more}`);
  } catch (error) {
    return null;
  }
}

function texts(given, least, most) {
  const list = given.map((each) => (Array.isArray(each) && each.length === 1 ? each[0] : each));
  if (list.length < least || list.length > most) return null;
  const needed = list.slice(0, least).every((each) => typeof each === 'string');
  const optional = list.slice(least).every((each) => each === undefined || each === null || typeof each === 'string');
  return needed && optional ? list : null;
}

function matches(...given) {
  const list = texts(given, 2, 3);
  const found = list && expression(list[1], list[2] ?? '', '');
  return found ? found.test(list[0]) : null;
}

// $1 … $n are groups, $0 is the whole; \$ and \\ are themselves.
function filled(replacement, groups) {
  return replacement.replace(/\\([$\\])|\$(\d+)/g, (whole, sign, digits) => {
    if (sign) return sign;
    let count = digits;
    while (count.length > 1 && Number(count) >= groups.length) count = count.slice(0, -1);
    return (groups[Number(count)] ?? '') + digits.slice(count.length);
  });
}

function replace(...given) {
  const list = texts(given, 3, 4);
  const found = list && expression(list[1], list[3] ?? '', 'g');
  if (!found) return null;
  return list[0].replace(found, (...match) => {
    const end = match.findIndex((each) => typeof each === 'number');
    return filled(list[2], match.slice(0, end));
  });
}

function split(...given) {
  const list = texts(given, 2, 2);
  const found = list && expression(list[1], '', 'g');
  if (!found) return null;
  const parts = [];
  let from = 0;
  for (const match of list[0].matchAll(found)) {
    if (match[0] === '') continue;
    parts.push(list[0].slice(from, match.index));
    from = match.index + match[0].length;
  }
  return [...parts, list[0].slice(from)];
}

builtins.matches = Object.assign(matches, { $args: ['input', 'pattern', 'flags'] });
builtins.replace = Object.assign(replace, { $args: ['input', 'pattern', 'replacement', 'flags'] });
builtins.split = Object.assign(split, { $args: ['string', 'delimiter'] });
