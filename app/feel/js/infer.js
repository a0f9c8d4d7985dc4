// The tree of an expression as plain data: [name, from, to, children]; Python reads meaning from it.
import { parseExpression } from 'feelin';

function plain(node) {
  const inner = [];
  for (let child = node.firstChild; child; child = child.nextSibling) inner.push(plain(child));
  return [node.name, node.from, node.to, inner];
}

export function tree(text, names) {
  const known = Object.fromEntries(names.map((name) => [name, null]));
  return plain(parseExpression(text, known).topNode);
}
