// Brings the typefaces of print-outs beside the renderer: all are embedded, none is the system's.
import { existsSync } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const packages = path.resolve(here, "../../node_modules/@expo-google-fonts");
const target = path.join(here, "fonts");
const FAMILIES = { "noto-sans-sc": "NotoSansSC", "noto-sans-jp": "NotoSansJP", "noto-sans-hk": "NotoSansHK" };
const WEIGHTS = ["400Regular", "700Bold"];
// The face of every sheet; the others only help out with rare characters of names.
const NEEDED = "noto-sans-sc";

/** Copies what is installed; a missing main face stops the build, since no sheet could be read. */
export async function fonts() {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const [family, stem] of Object.entries(FAMILIES)) {
    const found = path.join(packages, family);
    if (existsSync(found)) await copy(found, stem);
    else if (family === NEEDED) throw new Error(`字体包 ${family} 没有安装，请先运行 npm ci。`);
  }
}

async function copy(from, stem) {
  for (const weight of WEIGHTS) {
    const name = `${stem}_${weight}.ttf`;
    await copyFile(path.join(from, weight, name), path.join(target, name));
  }
  await copyFile(path.join(from, "LICENSE_FONT"), path.join(target, `${stem}.LICENSE`));
}
