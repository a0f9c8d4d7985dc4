// A task's form: asking again after an answer, rows, files, dates, search as one types.
// Works on what the macros of templates/forms draw; #fields asks again when it hears "redraw".
import { busy, restore, whenIdle } from "./uploads.js";

const token = (form) => form.elements.csrf_token?.value ?? "";
const plain = (element) => element.matches("input:not([type=checkbox], [type=radio], [type=file]), textarea");

// --- asking again ------------------------------------------------------------------------------
// What a person changes while the answer is under way must outlive it; all else is as the server
// says. Morphing compares attributes, so these are brought up to date before.
const touched = new Set();
let focusAfter = null;
let waiting = false;

function redraw(box) {
  if (!box?.hasAttribute("hx-post")) return;
  if (busy()) { waiting = true; return; }
  touched.clear();
  for (const one of box.querySelectorAll("input, option, textarea")) {
    if (one.matches("option")) one.defaultSelected = one.selected;
    else if (plain(one)) one.defaultValue = one.value;
    else one.defaultChecked = one.checked;
  }
  box.dispatchEvent(new CustomEvent("redraw"));
}

function settle(box) {
  for (const one of box.querySelectorAll("input, option, textarea")) {
    if (touched.has(one.closest("select") ?? one)) continue;
    if (one.matches("option")) one.selected = one.defaultSelected;
    else if (!plain(one)) one.checked = one.defaultChecked;
    else if (one !== document.activeElement) one.value = one.defaultValue;
  }
  restore(box);
  const to = focusAfter?.();
  focusAfter = null;
  to?.focus();
}

whenIdle(() => { if (waiting) { waiting = false; redraw(document.getElementById("fields")); } });
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => touched.add(event.target), true);
}
document.addEventListener("change", (event) => {
  if (event.target.closest?.("[data-redraw]")) redraw(event.target.closest("#fields"));
});
document.addEventListener("htmx:after:swap", (event) => {
  const box = event.target.closest?.("#fields") ?? document.getElementById("fields");
  if (box) settle(box);
});

// --- rows --------------------------------------------------------------------------------------
const usable = "input:not([type=hidden]), select, textarea, button";

function changeRows(button) {
  const box = button.closest("#fields"), list = button.closest("[data-list]");
  const { row: deed, value } = button.dataset;
  const mark = Object.assign(document.createElement("input"), { type: "hidden", name: deed, value });
  const rowsOf = (one) => [...one?.querySelectorAll(".row-of") ?? []].filter((row) => row.closest("[data-list]") === one);
  const number = rowsOf(list).indexOf(button.closest(".row-of"));
  box.append(mark);
  focusAfter = () => {
    mark.remove();
    const now = document.getElementById(list.id);
    const rows = rowsOf(now);
    if (deed === "_add") return rows.at(-1)?.querySelector(usable);
    return (rows[Math.min(number, rows.length - 1)] ?? now)?.querySelector("[data-row]");
  };
  redraw(box);
  box.addEventListener("htmx:finally:request", () => mark.remove(), { once: true });
}

// --- dates -------------------------------------------------------------------------------------
// One types 20261123; the browser's own calendar is a button away.
const DAY = /^(\d{4})(?:(\d{2})(\d{2})|[-/.年](\d{1,2})[-/.月](\d{1,2})日?)$/;

function asDay(text) {
  const found = DAY.exec(text.normalize("NFKC").replace(/\s/g, ""));
  if (!found) return text;
  const [year, month, day] = found.slice(1).filter(Boolean);
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}
document.addEventListener("change", (event) => {
  if (event.target.dataset?.day !== undefined) event.target.value = asDay(event.target.value);
  if (event.target.dataset?.picks) {
    const field = document.getElementById(event.target.dataset.picks);
    field.value = event.target.value;
    field.focus();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}, true);

function calendar(button) {
  const picker = button.nextElementSibling;
  const day = asDay(document.getElementById(picker.dataset.picks).value);
  if (/^\d{4}-\d{2}-\d{2}$/.test(day)) picker.value = day;
  picker.showPicker();
}

// --- search as one types (ARIA: combobox with list) ----------------------------------------------
const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
const optionsOf = (input) => [...listOf(input).querySelectorAll("[role=option]")];
let wait;

function shut(input) {
  const list = listOf(input);
  list.parentElement.hidden = true;
  list.replaceChildren();
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function choose(option) {
  const input = document.querySelector(`[aria-controls="${CSS.escape(option.closest("[role=listbox]").id)}"]`);
  input.value = option.dataset.value ?? option.textContent.trim();
  shut(input);
  input.focus();
  for (const kind of ["input", "change"]) input.dispatchEvent(new CustomEvent(kind, { bubbles: true, detail: "chosen" }));
}

async function find(input) {
  const asked = input.value;
  if (!asked.trim()) return shut(input);
  const answer = await fetch(`/lookup/${input.dataset.lookup}`, {
    method: "POST", body: new URLSearchParams({ q: asked }), headers: { "X-CSRFToken": token(input.form), "HX-Request": "true" },
  }).catch(() => null);
  // An answer to what is no longer typed comes too late.
  if (!answer?.ok || input.value !== asked || document.activeElement !== input) return;
  show(input, await answer.text());
}

function show(input, html) {
  const list = listOf(input), said = list.nextElementSibling;
  const page = new DOMParser().parseFromString(`<ul>${html}</ul>`, "text/html");
  const options = [...page.querySelectorAll("[role=option]")];
  options.forEach((option, n) => { option.id = `${list.id}-${n}`; option.setAttribute("aria-selected", "false"); });
  list.replaceChildren(...options);
  list.hidden = !options.length;
  said.textContent = options.length ? said.dataset.found.replace("0", options.length) : page.body.textContent.trim();
  list.parentElement.hidden = false;
  input.setAttribute("aria-expanded", String(options.length > 0));
  input.removeAttribute("aria-activedescendant");
}

function search(event) {
  const input = event.target;
  if (!input.dataset?.lookup || event.isComposing || event.detail === "chosen") return;
  clearTimeout(wait);
  wait = setTimeout(find, 250, input);
}
document.addEventListener("input", search);
document.addEventListener("compositionend", search);
document.addEventListener("focusout", (event) => {
  if (event.target.dataset?.lookup) { clearTimeout(wait); setTimeout(shut, 150, event.target); }
});
document.addEventListener("mousedown", (event) => {
  if (event.target.closest?.(".picks")) event.preventDefault();
});

function point(input, to) {
  for (const option of optionsOf(input)) option.setAttribute("aria-selected", String(option === to));
  input.setAttribute("aria-activedescendant", to.id);
  to.scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.dataset?.lookup || listOf(input).parentElement.hidden || event.isComposing) return;
  if (event.key === "Escape") { event.preventDefault(); shut(input); return; }
  const options = optionsOf(input);
  const at = options.findIndex((o) => o.getAttribute("aria-selected") === "true");
  if (event.key === "Enter" && at >= 0) { event.preventDefault(); choose(options[at]); return; }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !options.length) return;
  event.preventDefault();
  point(input, options.at(at < 0 && step < 0 ? -1 : (at + step + options.length) % options.length));
});

// --- many choices, and what is clicked -----------------------------------------------------------
document.addEventListener("input", (event) => {
  const wanted = event.target.dataset?.filter !== undefined && event.target.value.trim().toLowerCase();
  if (wanted === false) return;
  for (const option of event.target.closest("fieldset").querySelectorAll(".opt")) {
    option.hidden = !option.textContent.toLowerCase().includes(wanted) && !option.querySelector(":checked");
  }
});
// --- scanning ------------------------------------------------------------------------------------
/** The reader is a megabyte: it comes when the button is pressed, and once. */
function scanner() {
  const dialog = document.getElementById("scanner");
  return new Promise((done, fail) => {
    if (globalThis.desk.scan) { done(globalThis.desk.scan); return; }
    const script = Object.assign(document.createElement("script"), { src: dialog.dataset.src });
    script.onload = () => done(globalThis.desk.scan);
    script.onerror = () => { script.remove(); fail(); };
    document.head.append(script);
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-scan]");
  const input = button && document.getElementById(button.dataset.scan);
  if (!input) return;
  button.setAttribute("aria-busy", "true");
  try { (await scanner())(input); } catch { input.focus(); } finally { button.removeAttribute("aria-busy"); }
});

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest?.(selector);
  if (at("[data-row]")) changeRows(at("[data-row]"));
  if (at("[data-calendar]")) calendar(at("[data-calendar]"));
  if (at(".picks [role=option]")) choose(at(".picks [role=option]"));
});
