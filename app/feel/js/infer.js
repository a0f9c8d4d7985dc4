// The tree of an expression as plain data: [name, from, to, children]; Python reads meaning from it.
import { parseExpression } from 'feelin';

import { parse } from './walk.js';

// Below it nothing is told: nobody writes so, and recursion must end.
const DEEPEST = 90;

function plain(node, depth) {
  if (depth > DEEPEST) return ['…', node.from, node.to, []];
  const inner = [];
  for (let child = node.firstChild; child; child = child.nextSibling) inner.push(plain(child, depth + 1));
  return [node.name, node.from, node.to, inner];
}

const UNREAD = [['…', 0, 0, []], { error: { message: 'SYNTAX', position: null }, variables: [], paths: [], perhaps: [] }];

function one(text) {
  try {
    return [plain(parseExpression(text, {}).topNode, 0), parse(text, [], false)];
  } catch (error) {
    return UNREAD;  // so deep that the stack was full
  }
}

/** Of each expression its tree and what `parse` tells. */
export const trees = (texts) => texts.map(one);
