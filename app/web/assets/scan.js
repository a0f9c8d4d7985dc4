// Reading a bar code or QR code into a field: by the browser's own reader where it has one, else by
// ZXing in WebAssembly. Loaded when the button is pressed for the first time, never before.
import { BarcodeDetector as Zxing, prepareZXingModule } from "barcode-detector/ponyfill";

const FORMATS = ["code_128", "code_39", "codabar", "ean_13", "itf", "qr_code", "data_matrix"];
const EVERY = 180;
const dialog = document.getElementById("scanner");
const video = dialog.querySelector("video"), said = dialog.querySelector("[data-scan-said]");
let reader = null, field = null, stream = null, timer = null;

async function native() {
  if (!("BarcodeDetector" in globalThis)) return null;
  const known = await globalThis.BarcodeDetector.getSupportedFormats().catch(() => []);
  const wanted = FORMATS.filter((one) => known.includes(one));
  return wanted.includes("code_128") ? new globalThis.BarcodeDetector({ formats: wanted }) : null;
}

function ours() {
  prepareZXingModule({ overrides: { locateFile: () => dialog.dataset.wasm } });
  return new Zxing({ formats: FORMATS });
}

async function found(source) {
  reader ??= (await native()) ?? ours();
  const codes = await reader.detect(source);
  return codes[0]?.rawValue?.trim() ?? "";
}

function stop() {
  clearTimeout(timer);
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  video.srcObject = null;
}

function take(text) {
  const at = field;
  stop();
  dialog.close();
  if (!at) return;
  at.value = text.slice(0, at.maxLength > 0 ? at.maxLength : undefined);
  at.focus();
  // As if it had been typed: kept at once, checked, and sent with its row.
  at.dispatchEvent(new Event("input", { bubbles: true }));
  at.closest("[data-col]")?.setAttribute("data-scanned", "");
  at.dispatchEvent(new Event("change", { bubbles: true }));
}

async function look() {
  if (!stream) return;
  try {
    const text = video.readyState >= 2 ? await found(video) : "";
    if (text && stream) { take(text); return; }
  } catch { said.textContent = said.dataset.broken; stop(); return; }
  timer = setTimeout(look, EVERY);
}

async function open(input) {
  field = input;
  said.textContent = said.dataset.aim;
  video.hidden = false;
  dialog.showModal();
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    // Closed while the person was still asked.
    if (!dialog.open) { stop(); return; }
    video.srcObject = stream;
    await video.play();
    look();
  } catch {
    video.hidden = true;
    // A photo may have been chosen meanwhile: what it gave is the news.
    if (said.textContent !== said.dataset.aim) return;
    said.textContent = said.dataset.none;
    dialog.querySelector("input[type=file]").focus();
  }
}

dialog.addEventListener("close", () => { stop(); field?.focus(); field = null; });
dialog.querySelector("input[type=file]").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  said.textContent = said.dataset.reading;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const text = await found(picture);
    picture.close();
    if (text) { take(text); return; }
  } catch { /* no picture, or no reader: it is said alike */ }
  said.textContent = said.dataset.nothing;
});
globalThis.desk.scan = open;
