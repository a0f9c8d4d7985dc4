// Places where feelin gives null, or a value, without a word. Each mend makes it say so.
// A mend whose anchor is no longer found once stops the build: a new feelin is read again.

const IC = 'interpreterContext, node';

export const mends = [
  {
    why: 'division by zero, infinities and sums of two dates gave null silently',
    find: 'return op(left, right);',
    put: `return careful.arithmetic(${IC}, left, right, interpreterContext.warnings.length, op(left, right));`,
  },
  {
    why: 'two moments of different zones were subtracted by their wall clocks',
    find: 'const left = toPlainDateTime(a);',
    put: `if (isDateTime(a) && isDateTime(b) && isZoned(a) && isZoned(b)) {
        return duration(toComparable(a) - toComparable(b));
    }
    const left = toPlainDateTime(a);`,
  },
  {
    why: 'or: a guard on the left keeps the right side from being read; operands are boolean',
    find: /case 'Disjunction': return tag\(\(context\) => \{\s+const left = args\[0\]\(context\);\s+const right = args\[2\]\(context\);/,
    put: `case 'Disjunction': return tag((context) => {
            const left = args[0](context);
            if (left === true) return true;
            const right = args[2](context);
            careful.booleans(${IC}, left, right);`,
  },
  {
    why: 'and: likewise',
    find: /case 'Conjunction': return tag\(\(context\) => \{\s+const left = args\[0\]\(context\);\s+const right = args\[2\]\(context\);/,
    put: `case 'Conjunction': return tag((context) => {
            const left = args[0](context);
            if (left === false) return false;
            const right = args[2](context);
            careful.booleans(${IC}, left, right);`,
  },
  {
    why: 'if took everything but false and null for true',
    find: 'if (isTruthy(ifCondition(context))) {',
    put: `if (careful.truth(${IC}, ifCondition(context))) {`,
  },
  {
    why: 'every took everything but false and null for true',
    find: 'contexts.every(ctx => isTruthy(_condition(ctx)))',
    put: `contexts.every(ctx => careful.truth(${IC}, _condition(ctx)))`,
  },
  {
    why: 'some took everything but false and null for true',
    find: 'contexts.some(ctx => isTruthy(_condition(ctx)))',
    put: `contexts.some(ctx => careful.truth(${IC}, _condition(ctx)))`,
  },
  {
    why: 'some and every over what is no list gave null silently',
    find: /return contexts;\n(?=\s+\}\n\s+return contexts\.(every|some))/g,
    times: 2,
    put: `return careful.noList(${IC});\n`,
  },
  {
    why: 'for over what is no list gave null silently',
    find: 'return iterationContexts;',
    put: `return careful.noList(${IC});`,
  },
  {
    why: 'a list index that is no number gave an empty list silently',
    find: /if \(!isNumber\(idx\)\) \{\s+return \[\];/,
    put: `if (!isNumber(idx)) {
                    careful.noIndex(${IC}, idx);
                    return [];`,
  },
  {
    why: 'a text as filter compared the elements with it',
    find: 'return filterTarget.filter(el => el === value);',
    put: `careful.noIndex(${IC}, value);
                return filterTarget.filter(el => el === value);`,
  },
  {
    why: 'a filter kept what its test said instead of the element, and dropped null elements',
    find: 'return filterTarget.map(el => {',
    put: 'return filterTarget.filter(el => {',
  },
  {
    why: 'the other end of the filter above',
    find: /if \(result === true\) \{\s+return el;\s+\}\s+return result;\s+\}\)\.filter\(isTruthy\);/,
    put: `return careful.truth(${IC}, result);
                });`,
  },
  {
    why: 'the comparison has to know its operator',
    find: "case 'CompareOp': return tag(() => {",
    put: "case 'CompareOp': return careful.operator(node.input, tag, () => {",
  },
  {
    why: '"7" > 5 was true; a == 5, "1" = 1 and date < date and time gave null silently',
    find: /const test = operator\(\)\(right\);\s+return compareValue\(test, left\);/,
    put: `return careful.compare(${IC}, operator, left, right);`,
  },
  {
    why: 'between: null and other types silently; 5 between 10 and 1 was true',
    find: /if \(start === null \|\| end === null\) \{\s+return null;\s+\}\s+return createRange\(start, end\)\.includes\(args\[0\]\(context\)\);/,
    put: `return careful.between(${IC}, args[0](context), start, end);`,
  },
  {
    why: 'a cell that names a boolean is compared with a boolean input, as a literal is',
    find: "if (args[0].type === 'boolean' && has$1(context, '?')) {",
    put: `if (has$1(context, '?') && (args[0].type === 'boolean' || careful.plainBoolean(node, args[0], context))) {`,
  },
  {
    why: '-duration was taken for 0 - duration',
    find: 'return op(context)(() => 0, value);',
    put: 'return careful.negative(op, context, value);',
  },
  {
    why: 'in: other types silently',
    find: 'return compareIn(args[0](context), (args[3] || args[2])(context));',
    put: `return careful.within(${IC}, compareIn, args[0](context), (args[3] || args[2])(context));`,
  },
  {
    why: 'a cell of a decision table: other types silently',
    find: /(?<=return test;\n\s+\}\n\s+)return compareValue\(test, value\);/,
    put: `return careful.cell(${IC}, compareValue, test, value);`,
  },
  {
    why: 'a built-in function that refused its arguments gave null silently',
    find: /const result = wrappedFn\.invoke\(contextOrArgs\);\s+return resolveInvocation\(result\);\s+\}, 'any'\);/,
    put: `return careful.called(${IC}, target, interpreterContext.warnings.length, resolveInvocation(wrappedFn.invoke(contextOrArgs)));
        }, 'any');`,
  },
  {
    why: 'date(5) likewise',
    find: /const result = wrappedFn\.invoke\(contextOrArgs\);\s+return resolveInvocation\(result\);\s+\}\s+\}, 'date'\);/,
    put: `return careful.called(${IC}, target, interpreterContext.warnings.length, resolveInvocation(wrappedFn.invoke(contextOrArgs)));
                }
            }, 'date');`,
  },
  {
    why: 'date(5) was folded to null when the expression was read',
    find: /if \(!isInvocationFailure\(result\)\) \{\s+return constant\(result, 'date'\);/,
    put: `if (!isInvocationFailure(result) && result !== null) {
                        return constant(result, 'date');`,
  },
  {
    why: '0.1 + 0.2 = 0.3 was false: numbers are compared to 15 digits',
    find: 'if (a == b) {',
    put: 'if (a == b || careful.digits(a) === careful.digits(b)) {',
  },
  {
    why: '0.1 + 0.2 > 0.3 was true',
    find: 'return c === null ? value : c;',
    put: 'return c === null ? careful.digits(value) : c;',
  },
];

function hits(source, find) {
  if (typeof find === 'string') return source.split(find).length - 1;
  return [...source.matchAll(new RegExp(find, find.flags.includes('g') ? find.flags : `${find.flags}g`))].length;
}

export function mend(source) {
  for (const { why, find, put, times = 1 } of mends) {
    const found = hits(source, find);
    if (found !== times) throw new Error(`feelin has changed: ${found} places instead of ${times} for: ${why}`);
    source = source.replace(find, () => put);
  }
  return source;
}
