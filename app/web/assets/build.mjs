// Builds what browsers load: hashed names, a manifest, gzip and brotli beside each file.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import esbuild from "esbuild";
import { buildFeel } from "../../feel/js/build.mjs";
import { fonts } from "../../printing/fonts.mjs";
import { slim, words } from "./slim.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../../..");
const out = path.resolve(here, "../static/built");
const tabler = path.join(root, "node_modules/@tabler/core/dist/css/tabler.css");

async function files(dir, endings) {
  if (!existsSync(dir)) return [];
  const found = await readdir(dir, { recursive: true });
  return found.filter((name) => endings.some((e) => name.endsWith(e)))
    .filter((name) => !name.startsWith("static") && !name.endsWith("build.mjs"))
    .map((name) => path.join(dir, name));
}

async function text(names) {
  return (await Promise.all(names.map((name) => readFile(name, "utf8")))).join("\n");
}

async function styles() {
  const own = ["tokens.css", "desk.css", "forms.css", "sheet.css", "diagram.css", "viewer.css"].map((n) => path.join(here, n)).filter(existsSync);
  const ours = await text(own);
  const spoken = await text(await files(path.join(root, "app/web"), [".html", ".py", ".js"]));
  // Every dark colour comes from our tokens, so Tabler's own dark rules go too.
  const base = slim(await readFile(tabler, "utf8"), words(spoken), ours);
  const { code } = await esbuild.transform(`${base}\n${ours}`, {
    loader: "css", minify: true, legalComments: "eof", target: ["chrome105", "firefox105", "safari16"],
  });
  return Buffer.from(code);
}

async function script(name) {
  const built = await esbuild.build({
    entryPoints: [path.join(here, name)], bundle: true, minify: true, write: false,
    format: "iife", target: "es2022", legalComments: "eof", nodePaths: [path.join(root, "node_modules")],
  });
  return Buffer.from(built.outputFiles[0].contents);
}

async function put(manifest, name, bytes) {
  const { name: stem, ext } = path.parse(name);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const hashed = `${stem}.${hash}${ext}`;
  await writeFile(path.join(out, hashed), bytes);
  await writeFile(path.join(out, `${hashed}.gz`), gzipSync(bytes, { level: 9 }));
  await writeFile(path.join(out, `${hashed}.br`), brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11 },
  }));
  manifest[name] = hashed;
}

async function desk() {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const manifest = {};
  await put(manifest, "desk.css", await styles());
  for (const name of ["desk.js", "forms.js", "sheet.js", "scan.js", "diagram.js", "charts.js", "viewer.js"]) {
    if (existsSync(path.join(here, name))) await put(manifest, name, await script(name));
  }
  await put(manifest, "zxing.wasm", await readFile(path.join(root, "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm")));
  await put(manifest, "mark.svg", await readFile(path.join(here, "mark.svg")));
  await writeFile(path.join(out, "manifest.json"), JSON.stringify(manifest, null, 1));
}

await Promise.all([desk(), buildFeel(), fonts()]);
