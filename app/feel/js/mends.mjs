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
    put: `if (isZoned(a) && isZoned(b)) {
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
  {
    why: 'a year of zero duration was equal to zero days; P1Y = P365D was true',
    find: 'return durationEquals(a, b);',
    put: 'return careful.durations(a, b, strict);',
  },
  {
    why: '[] was equal to [null]',
    find: 'if (isArray(a) && a.length < 2) {',
    put: 'if (isArray(a) && a.length === 1 && !isArray(b)) {',
  },
  {
    why: 'the other side of it',
    find: 'if (isArray(b) && b.length < 2) {',
    put: 'if (isArray(b) && b.length === 1 && !isArray(a)) {',
  },
  {
    why: 'years and months of any size',
    find: "return d.round({ largestUnit: 'year', relativeTo: REFERENCE_DATE });",
    put: "return careful.months(d) ?? d.round({ largestUnit: 'year', relativeTo: REFERENCE_DATE });",
  },
  {
    why: 'the same when they are compared',
    find: "return value.value.total({ unit: 'millisecond', relativeTo: REFERENCE_DATE });",
    put: 'return careful.span(value);',
  },
  {
    why: 'PT0.S is a duration of the standard',
    find: '(?:\\d+(?:\\.\\d+)?S)?)?$/;',
    put: '(?:\\d+(?:\\.\\d*)?S)?)?$/;',
  },
  {
    why: 'which Temporal does not know',
    find: 'new FeelDuration(Temporal.Duration.from(opts), isYearsMonthsString(opts))',
    put: "new FeelDuration(Temporal.Duration.from(opts.replace('.S', 'S')), isYearsMonthsString(opts))",
  },
  {
    why: 'years before 0 and after 9999 were refused by an exception',
    find: /if \(str\.startsWith\('-'\)\) \{\s+throw notImplemented\('negative date'\);\s+\}/g,
    times: 2,
    put: '',
  },
  {
    why: 'a date is written one way only',
    find: 'return new FeelDate(Temporal.PlainDate.from(str));',
    put: 'return new FeelDate(Temporal.PlainDate.from(careful.dateText(str)));',
  },
  {
    why: 'and a moment; two zones, or an offset of more than 18 hours, are none',
    find: 'return new FeelDateTime(Temporal.PlainDateTime.from(value), zone);',
    put: 'return new FeelDateTime(Temporal.PlainDateTime.from(careful.momentText(value)), zone);',
  },
  {
    why: 'and a time of the day',
    find: 'return new FeelTime(Temporal.PlainTime.from(value), zone);',
    put: 'return new FeelTime(Temporal.PlainTime.from(careful.timeText(value)), zone);',
  },
  {
    why: 'no zone is more than 18 hours away',
    find: 'const offsetSeconds = offsetZoneSeconds(zone);\n    if (offsetSeconds !== null) {\n        return',
    put: 'if (careful.farZone(zone)) return false;\n    const offsetSeconds = offsetZoneSeconds(zone);\n    if (offsetSeconds !== null) {\n        return',
  },
  {
    why: 'years are written without the zeros and the plus that Temporal puts before them',
    find: 'this.iso = this.value.toString();',
    put: 'this.iso = careful.plainYear(this.value.toString());',
  },
  {
    why: 'in moments too',
    find: "this.iso = this.value.toString() + (this.zone === null ? '' : zoneSuffix(this.zone));",
    times: 2,
    put: "this.iso = careful.plainYear(this.value.toString()) + (this.zone === null ? '' : zoneSuffix(this.zone));",
  },
  {
    why: 'a context with the same key twice took the last',
    find: 'merged[key] = value;\n                    result[key] = value;',
    put: `if (Object.hasOwn(result, key)) return careful.twice(${IC});
                    merged[key] = value;
                    result[key] = value;`,
  },
  {
    why: 'types of parameters were not looked at',
    find: "case 'FormalParameters': return args;",
    put: "case 'FormalParameters': return Object.assign(args.map((each) => each.name), { types: args.map((each) => each.type) });",
  },
  {
    why: 'so each parameter has to keep its own',
    find: "case 'FormalParameter': return args[0];",
    put: "case 'FormalParameter': return { name: args[0], type: args[1] };",
  },
  {
    why: 'and a call to look at it',
    find: 'context[name] = args[idx];',
    put: `context[name] = careful.argument(${IC}, args[idx], parameterNames.types[idx], context);`,
  },
  {
    why: 'instance of knew no item definitions, no ranges of a type, and took a null entry for wrong',
    find: 'return matchesType(value, args[3], context);',
    put: 'return careful.instance(value, args[3], context);',
  },
  {
    why: 'range<…> is read as list<…>',
    find: /case 'ListType': return \{\s+kind: 'list',/,
    put: "case 'ListType': return { kind: node.input.startsWith('range') ? 'range' : 'list',",
  },
  {
    why: 'durations could not be multiplied or divided',
    find: "const leftType = getType(left);\n                const rightType = getType(right);",
    put: `const leftType = getType(left);
                const rightType = getType(right);
                const scaled = careful.scaled(node.input, left, right);
                if (scaled !== undefined) return scaled;`,
  },
  {
    why: 'two times of different zones were subtracted by their wall clocks',
    find: 'if (isTime(a) && isTime(b)) {\n        return',
    put: 'if (isTime(a) && isTime(b) && !(isZoned(a) && isZoned(b))) {\n        return',
  },
  {
    why: 'a filter that calls a function had neither item nor its fields',
    find: 'const idx = filterFn(context);',
    put: `const idx = careful.index(interpreterContext, filterFn, context);
                if (idx === undefined) return careful.filtered(${IC}, filterFn, context, filterTarget);`,
  },
  {
    why: 'a property that a date, time or duration does not have in this case was null silently',
    find: /(case 'PathName': return tag\(\(context\) => \{[\s\S]*?if \(typeof contextValue !== 'undefined')\)/,
    put: (_, head) => `${head} && (contextValue !== null || !TEMPORAL_TYPES.has(getType(context))))`,
  },
  {
    why: 'a boolean filter of a single value gave the value instead of a list',
    find: 'if (idx === true) {\n                        return target;',
    put: 'if (idx === true) {\n                        return filterTarget;',
  },
  {
    why: 'fractions of a second were cut off',
    find: "const value = Temporal.PlainTime.from({ hour, minute, second }, { overflow: 'reject' });",
    put: "const value = Temporal.PlainTime.from({ hour, minute, ...careful.seconds(second) }, { overflow: 'reject' });",
  },
  {
    why: 'an end that is null made a range without that end',
    find: 'const startIncluded = left !== null && startBracket;',
    put: `if (left === null || right === null) return careful.noEnd(${IC});
                const startIncluded = left !== null && startBracket;`,
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
    source = typeof find === 'string' ? source.split(find).join(put) : source.replace(find, typeof put === 'function' ? put : () => put);
  }
  return source;
}
