// Keeps of a stylesheet only the rules whose classes the pages use: Tabler is 635 KB whole.

const DARK = /data-bs-theme=["']?dark/;

/** All words of the pages' sources that could be class names. */
export function words(source) {
  return new Set(source.match(/[A-Za-z][\w-]*/g) ?? []);
}

/** `css` without unused rules, keyframes and custom properties. `others`: styles that come after. */
export function slim(css, used, others) {
  const kept = prune(parse(css.replace(/\/\*(?!!)[\s\S]*?\*\//g, "")), used);
  const frames = new Set((write(kept) + others).match(/animation(?:-name)?:[^;}]*/g)?.join(" ").match(/[\w-]+/g));
  const alive = kept.filter((rule) => !rule.head.startsWith("@keyframes") || frames.has(rule.head.slice(10).trim()));
  return dropUnusedProperties(write(alive), others);
}

function parse(css) {
  const rules = [];
  let at = 0;
  while (at < css.length) {
    const open = css.indexOf("{", at);
    const semi = css.indexOf(";", at);
    if (open < 0) break;
    if (semi >= 0 && semi < open && css.slice(at, semi).trim().startsWith("@")) { at = semi + 1; continue; }
    const close = closing(css, open);
    const head = css.slice(at, open).trim();
    const body = css.slice(open + 1, close);
    rules.push(/^@(media|supports|layer)/.test(head) ? { head, rules: parse(body) } : { head, body });
    at = close + 1;
  }
  return rules;
}

function closing(css, open) {
  let depth = 0;
  let quote = "";
  for (let i = open; i < css.length; i++) {
    const c = css[i];
    if (quote) { if (c === quote && css[i - 1] !== "\\") quote = ""; continue; }
    if (c === '"' || c === "'") quote = c;
    else if (c === "{") depth++;
    else if (c === "}" && --depth === 0) return i;
  }
  return css.length;
}

function prune(rules, used) {
  return rules.flatMap((rule) => {
    if (rule.rules) {
      const inner = prune(rule.rules, used);
      return inner.length ? [{ head: rule.head, rules: inner }] : [];
    }
    if (rule.head.startsWith("@")) return [rule];
    const head = selectors(rule.head).filter((s) => wanted(s, used)).join(",");
    return head ? [{ head, body: rule.body }] : [];
  });
}

function selectors(head) {
  const parts = [];
  let depth = 0;
  let part = "";
  for (const c of head.replace(/\/\*[\s\S]*?\*\//g, "")) {
    if (c === "(") depth++;
    if (c === ")") depth--;
    if (c === "," && depth === 0) { parts.push(part.trim()); part = ""; } else part += c;
  }
  return [...parts, part.trim()];
}

function wanted(selector, used) {
  if (DARK.test(selector)) return false;
  const plain = selector.replace(/:not\([^)]*\)/g, "");
  return (plain.match(/\.[A-Za-z_][\w-]*/g) ?? []).every((c) => used.has(c.slice(1)));
}

function dropUnusedProperties(css, others) {
  for (;;) {
    const read = new Set(`${css}${others}`.match(/var\(\s*--[\w-]+/g)?.map((v) => v.replace(/var\(\s*/, "")));
    const next = css.replace(/(--[\w-]+)\s*:\s*(?:"[^"]*"|'[^']*'|\([^)]*\)|[^;{}"'])*;?/g,
      (all, name, offset) => (/[\w(-]$/.test(css.slice(offset - 1, offset)) || read.has(name) ? all : ""));
    if (next === css) return css;
    css = next;
  }
}

function write(rules) {
  return rules.map((r) => `${r.head}{${r.rules ? write(r.rules) : r.body}}`).join("\n");
}
