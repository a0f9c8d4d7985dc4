// Papers on their way: chosen, dropped or photographed; sent one after the other with progress,
// again when the network or the sign-in comes back. What could not be sent is kept sealed, as
// typing is (keep.js): a counter's disk is no place for a stranger's identity card. Nothing is
// handed in before all has arrived or was taken away.

const SENT = new Set([200, 201]);
// Seconds until it is tried again by itself; then only when something comes back, or by hand.
const PAUSES = [2, 5, 15];
const PATIENCE = 120000;
const names = new Map(), pictures = new Map();
const waiting = [];
let under = 0, idle = () => {};
const keep = globalThis.desk?.keep;
const task = document.querySelector("form[data-task]")?.dataset.taskId;

/** Whether something is being sent now: asking the form again would lose it. */
export const busy = () => under > 0;
/** Whom to tell when nothing is being sent any more. */
export function whenIdle(act) { idle = act; }

const token = (form) => form?.elements.csrf_token?.value ?? "";
const make = (name, given) => Object.assign(document.createElement(name), given);
const changed = (box) => box.querySelector("ul").dispatchEvent(new Event("change", { bubbles: true }));
/** Where a file goes: the field, and within a page of rows the row, which may be drawn anew. */
const whereOf = (box) => [
  box.dataset.files || box.closest("[data-col]")?.dataset.col, box.closest("[data-sheet]")?.id ?? "", box.closest("tr[data-n]")?.dataset.n ?? "",
].join("|");
const boxOf = (job) => [...document.querySelectorAll("[data-files]")].find((box) => whereOf(box) === job.where);
/** A row is drawn when it is looked at: have it drawn now (sheet.js). */
function reveal(job) {
  const [, sheet, row] = job.where.split("|");
  if (sheet) document.getElementById(sheet)?.dispatchEvent(new CustomEvent("reveal", { detail: Number(row) }));
  return boxOf(job);
}

// --- smaller before it is sent ---------------------------------------------------------------------

/** A photo taken here, made no longer than asked and turned upright; as it is where that is wanted,
    where it gains nothing, or where the browser cannot. Chosen files are scans: never touched. */
async function smaller(file, pixels) {
  if (!pixels || file.type !== "image/jpeg" || typeof createImageBitmap === "undefined") return file;
  try {
    const found = await createImageBitmap(file, { imageOrientation: "from-image" });
    const by = pixels / Math.max(found.width, found.height);
    if (by >= 1) { found.close(); return file; }
    const canvas = make("canvas", { width: Math.round(found.width * by), height: Math.round(found.height * by) });
    canvas.getContext("2d").drawImage(found, 0, 0, canvas.width, canvas.height);
    found.close();
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return made && made.size < file.size ? new File([made], file.name, { type: made.type }) : file;
  } catch {
    return file;
  }
}

// --- one line of the list ----------------------------------------------------------------------------

function picture(file) {
  if (!/^image\/(jpeg|png)$/.test(file.type)) return [];
  return [make("img", { src: URL.createObjectURL(file), alt: "", className: "shot" })];
}

function line(job, box) {
  job.item = make("li", {});
  job.bar = make("progress", { max: 1, value: 0 });
  job.bar.setAttribute("aria-label", job.file.name);
  job.item.append(`${job.file.name} `, job.bar);
  if (!box) return;
  const list = box.querySelector("ul");
  if (box.dataset.many !== "true") list.replaceChildren();
  list.append(job.item);
}

function button(words, name, act) {
  const made = make("button", { type: "button", className: "btn btn-sm", textContent: words });
  made.setAttribute("aria-label", `${words} ${name}`);
  if (act) made.addEventListener("click", act);
  return made;
}

function wrong(job, words, { again = true } = {}) {
  const box = boxOf(job);
  const { name } = job.file;
  job.state = again ? "waits" : "refused";
  if (again) store(job);
  if (!box) return;
  const said = make("span", { className: "m", textContent: `${name}：${words}` });
  said.setAttribute("role", "alert");
  const gone = button(box.dataset.gone, name, () => drop(job));
  job.item.replaceChildren(said, " ", ...(again ? [button(box.dataset.again, name, () => retry(job)), " "] : []), gone);
  box.querySelector("input[type=file]").setAttribute("aria-invalid", "true");
}

function forget(job) {
  waiting.splice(waiting.indexOf(job), 1);
  if (job.place) keep.drop(job.place);
}

function drop(job) {
  forget(job);
  const box = boxOf(job);
  job.item.remove();
  mend(box);
  box?.querySelector("input[type=file]").focus();
}

function mend(box) {
  if (box && !waiting.some((job) => job.where === whereOf(box) && job.state !== "queued")) {
    box.querySelector("input[type=file]").removeAttribute("aria-invalid");
  }
}

function arrived(job, box, { id, name }) {
  forget(job);
  names.set(id, name);
  const link = make("a", { href: `/attachments/${id}/view`, target: "_blank", rel: "noopener", textContent: name });
  link.dataset.view = "";
  const shown = picture(job.file);
  if (shown.length) pictures.set(id, shown[0].src);
  const gone = button(box.dataset.gone, name);
  gone.dataset.drop = "";
  const held = make("input", { type: "hidden", name: box.dataset.files, value: id });
  job.item.replaceChildren(held, ...shown, link, " ", gone);
  mend(box);
}

/** After the form was drawn again: names as they were, small pictures, and what still waits. */
export function restore(root) {
  for (const held of root.querySelectorAll("[data-files] li input[type=hidden]")) {
    const name = names.get(held.value), gone = held.parentElement.querySelector("[data-drop]");
    const link = held.parentElement.querySelector("a");
    if (name) { link.textContent = name; gone.setAttribute("aria-label", `${gone.textContent} ${name}`); }
    if (pictures.has(held.value) && !held.parentElement.querySelector("img")) {
      held.after(make("img", { src: pictures.get(held.value), alt: "", className: "shot" }));
    }
  }
  for (const job of waiting) if (!job.item.isConnected) boxOf(job)?.querySelector("ul").append(job.item);
}

// --- sending -------------------------------------------------------------------------------------------

function send(job, form) {
  return new Promise((done) => {
    const asked = new XMLHttpRequest(), body = new FormData();
    body.append("file", job.file);
    asked.open("POST", "/attachments");
    asked.timeout = PATIENCE;
    asked.setRequestHeader("X-CSRFToken", token(form));
    asked.setRequestHeader("HX-Request", "true");
    asked.upload.onprogress = (event) => { job.bar.value = event.loaded / event.total; };
    asked.onloadend = () => done(asked);
    asked.send(body);
  });
}

function said(asked, box) {
  const kind = asked.getResponseHeader("Content-Type") ?? "";
  if (kind.includes("json")) { try { return JSON.parse(asked.responseText).detail || box.dataset.failed; } catch { return box.dataset.failed; } }
  const page = new DOMParser().parseFromString(asked.responseText, "text/html");
  return page.body.textContent.trim().slice(0, 200) || box.dataset.failed;
}

/** After signing in again elsewhere this page's token is an old one; it may be another person, too.
    Says whether it is worth another attempt. */
async function fresh(job, box) {
  const status = keep ? await keep.unlock() : 0;
  if (status !== 200) wrong(job, { 401: box.dataset.expired, 409: box.dataset.other }[status] ?? box.dataset.offline);
  return status === 200;
}

async function attempt(job, mayRenew = true) {
  const box = boxOf(job);
  // Two reasons to try again may come at once.
  if (!box || !waiting.includes(job) || job.state === "sending") return;
  if (!box.contains(job.item)) box.querySelector("ul").append(job.item);
  job.state = "sending";
  job.item.replaceChildren(`${job.file.name} `, job.bar);
  job.bar.value = 0;
  const asked = await send(job, box.closest("form"));
  if (SENT.has(asked.status)) arrived(job, box, JSON.parse(asked.responseText));
  else if ([400, 401].includes(asked.status) && mayRenew) { if (await fresh(job, box)) { job.state = "waits"; await attempt(job, false); } }
  else if (asked.status === 0) later(job, box.dataset.offline);
  else if (asked.status >= 500) later(job, asked.status === 503 ? said(asked, box) : box.dataset.failed);
  else wrong(job, said(asked, box), { again: asked.status === 429 });
}

function later(job, words) {
  wrong(job, words);
  const pause = PAUSES[job.tries ?? 0];
  job.tries = (job.tries ?? 0) + 1;
  if (pause) setTimeout(() => { if (job.state === "waits") retry(job); }, pause * 1000);
}

async function retry(job) {
  if (!waiting.includes(job) || job.state === "sending") return;
  await run([job]);
}

async function run(jobs) {
  under += 1;
  for (const job of jobs) await attempt(job);
  under -= 1;
  for (const box of new Set(jobs.map(boxOf).filter(Boolean))) changed(box);
  if (!under) idle();
}

async function take(box, files, { photo = false } = {}) {
  const where = whereOf(box), most = Number(box.dataset.most || Infinity);
  for (const refused of waiting.filter((job) => job.where === where && job.state === "refused")) {
    forget(refused);
    refused.item.remove();
  }
  box.querySelector("input[type=file]").removeAttribute("aria-invalid");
  const chosen = box.dataset.many === "true" ? files : files.slice(0, 1);
  if (!chosen.length) return;
  if (box.dataset.many !== "true") for (const job of waiting.filter((one) => one.where === where)) drop(job);
  const jobs = chosen.map((file) => ({ file, where, state: "queued" }));
  under += 1;
  for (const job of jobs) { waiting.push(job); line(job, box); }
  for (const job of jobs) {
    if (photo) job.file = await smaller(job.file, Number(box.dataset.pixels));
    if (job.file.size > most) wrong(job, box.dataset.large, { again: false });
  }
  under -= 1;
  await run(jobs.filter((job) => job.state === "queued"));
}

// --- what an earlier tab could not send ----------------------------------------------------------------

async function store(job) {
  if (!keep?.unlocked() || !task || job.place) return;
  job.place = `task/${task}/file/${crypto.randomUUID()}`;
  const body = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.readAsDataURL(job.file);
  });
  if (waiting.includes(job)) await keep.put(job.place, { name: job.file.name, type: job.file.type, where: job.where, body });
}

async function recover() {
  if (!keep || !task || (await keep.unlock()) !== 200) return;
  const jobs = (await keep.waiting(`task/${task}/file/`)).map(([place, told]) => {
    const bytes = Uint8Array.from(atob(told.body), (one) => one.charCodeAt(0));
    return { file: new File([bytes], told.name, { type: told.type }), where: told.where, state: "waits", place };
  });
  for (const job of jobs) {
    waiting.push(job);
    line(job, boxOf(job));
  }
  comeBack();
  place();
}

/** Rows have been drawn: what waits for them stands there again, and goes. */
function place() {
  for (const job of waiting.filter((one) => !one.item.isConnected)) {
    const whole = document.getElementById(job.where.split("|")[1])?.dataset.whole !== undefined;
    const first = whole && job.place && !job.revealed;
    if (first) job.revealed = true;
    const box = first ? reveal(job) : boxOf(job);
    if (!box || job.item.isConnected) continue;
    line(job, box);
    if (job.state === "waits") run([job]);
  }
}
document.addEventListener("rows", place);
recover();

// --- when, and when not ------------------------------------------------------------------------------------

function comeBack() {
  const jobs = waiting.filter((job) => job.state === "waits");
  if (jobs.length) run(jobs);
}
addEventListener("online", comeBack);
document.addEventListener("visibilitychange", () => { if (!document.hidden) comeBack(); });
addEventListener("focus", comeBack);
addEventListener("beforeunload", (event) => { if (waiting.some((job) => job.state === "sending" || job.state === "queued")) event.preventDefault(); });
// Handing in waits for what is still on its way: the first of it is shown. What is no longer asked
// for does not stand in the way. Heard before all others: nothing else is sent meanwhile either.
addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-task]") || !event.submitter?.hasAttribute("data-submit")) return;
  const left = waiting.find((job) => job.state !== "refused" && event.target.contains(job.item.isConnected ? job.item : reveal(job) ?? null));
  if (!left) return;
  event.preventDefault();
  event.stopPropagation();
  place();
  left.item.scrollIntoView({ block: "center" });
  (left.item.querySelector("button") ?? left.item.closest("[data-files]").querySelector("input[type=file]")).focus();
}, true);

document.addEventListener("change", (event) => {
  const box = event.target.type === "file" && event.target.closest("[data-files]");
  if (!box) return;
  const chosen = [...event.target.files], photo = event.target.hasAttribute("data-photo");
  event.target.value = "";
  if (photo && chosen.length && box.dataset.many === "true") event.target.previousElementSibling.textContent = box.dataset.more;
  if (chosen.length) take(box, chosen, { photo });
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const box = event.target.closest?.("[data-files]");
    if (!box) return;
    event.preventDefault();
    box.classList.toggle("over", kind === "dragover");
    if (kind === "drop") take(box, [...event.dataTransfer.files]);
  });
}
document.addEventListener("click", (event) => {
  const gone = event.target.closest?.("[data-drop]");
  if (!gone) return;
  const box = gone.closest("[data-files]"), held = gone.closest("li").querySelector("input[type=hidden]");
  if (pictures.has(held?.value)) { URL.revokeObjectURL(pictures.get(held.value)); pictures.delete(held.value); }
  gone.closest("li").remove();
  box.querySelector("input[type=file]").focus();
  changed(box);
});
