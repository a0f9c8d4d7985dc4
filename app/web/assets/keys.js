// Keys of the desk. Single letters can be switched off in the person's menu (WCAG 2.1.4).

const typing = (at) => at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
const rows = () => [...document.querySelectorAll("[data-rows] tr[id]")];
const boxes = () => [...document.querySelectorAll("[data-rows] input[name=task]")];
let current = null;

/** The bar for many at once shows while something is picked (by style alone); this says how many. */
function picked() {
  const many = boxes().filter((box) => box.checked).length;
  for (const said of document.querySelectorAll("[data-picked]")) said.textContent = many ? said.dataset.picked.replace("#", many) : "";
}

function mark(row, seen) {
  for (const other of rows()) if (other !== row) other.removeAttribute("data-cur");
  current = row?.id ?? null;
  if (!row) return;
  row.setAttribute("data-cur", "");
  if (seen) {
    row.querySelector("a").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.id === current);
  mark(all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))], true);
}

function open() {
  document.getElementById(current)?.querySelector("a").click();
}

function claim() {
  document.getElementById(current)?.querySelector("[data-claim]")?.click();
}

function letters(event) {
  if (document.body.dataset.keys === "off" || typing(event.target)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "/") { event.preventDefault(); document.getElementById("find")?.focus(); }
  if (!document.querySelector("[data-rows]")) return;
  const deeds = { j: () => move(1), k: () => move(-1), c: claim };
  if (deeds[event.key]) { event.preventDefault(); deeds[event.key](); }
  if (event.key === "Enter" && event.target === document.body && current) open();
}

function send(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const form = event.target.closest?.("form[data-task]") ?? document.querySelector("form[data-task]");
  if (form) { event.preventDefault(); form.requestSubmit(form.querySelector("[data-submit]")); }
}

/** One line of a form is no place to send a whole task from by accident. */
function noEnter(event) {
  const at = event.target;
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
  if (at.matches?.("form[data-task] input:not([type=submit], [type=button], [type=file])")) event.preventDefault();
}

export function keys() {
  document.addEventListener("keydown", letters);
  document.addEventListener("keydown", send);
  document.addEventListener("keydown", noEnter);
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("[data-rows] tr[id]");
    if (row) mark(row, false);
  });
  document.addEventListener("htmx:after:swap", () => { mark(document.getElementById(current), false); picked(); });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-all]")) for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.closest?.("[data-rows]")) picked();
  });
  addEventListener("pageshow", picked);
  if (document.querySelector("[data-rows]")) mark(rows()[0], false);
}
