// Builds app/feel/built/feel.js; the front end's build calls buildFeel(), `node build.mjs` does too.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { mend } from './mends.mjs';

const here = dirname(fileURLToPath(import.meta.url));

const EXPORTS = `
export { builtins, compareValue, createRange, duration as feelDuration, equals, getType,
  Interpreter, isContext, isDuration, isFunction as isFeelFunction, isTruthy, isZoned, matchesType,
  toComparable, wrapFunction };
`;

const mended = {
  name: 'mended-feelin',
  setup(setup) {
    setup.onLoad({ filter: /feelin[\\/]dist[\\/]index\.js$/ }, async ({ path }) => {
      const source = mend(await readFile(path, 'utf8'));
      const strict = JSON.stringify(join(here, 'strict.js'));
      return { contents: `import * as careful from ${strict};\n${source}\n${EXPORTS}`, loader: 'js' };
    });
  },
};

export async function buildFeel() {
  await build({
    entryPoints: [join(here, 'main.js')],
    outfile: join(here, '..', 'built', 'feel.js'),
    bundle: true,
    format: 'iife',
    globalName: 'feel',
    minifySyntax: true,
    minifyWhitespace: true,
    target: 'es2022',
    legalComments: 'inline',
    plugins: [mended],
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildFeel();
