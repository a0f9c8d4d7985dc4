// The desk's hand-work: keys, the moving row, saving while one types. Pages work without it too,
// but for what only keys can do.
import htmx from "htmx.org/dist/htmx.esm.js";
import { keys } from "./keys.js";
import { draft } from "./draft.js";

globalThis.htmx = htmx;

/** While an input method composes, Enter chooses a word and must send nothing. */
function keepComposition(event) {
  if (event.key !== "Enter" || !(event.isComposing || event.keyCode === 229)) return;
  event.stopPropagation();
  // No later listener hears of it, so the form's own sending is stopped here too.
  event.preventDefault();
}

/** Only one menu is open, and Escape closes it. */
function menus() {
  const all = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of all()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of all()) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}

/** Buttons naming a dialog open it; without script the same link leads to a page of its own. */
function dialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog) { event.preventDefault(); dialog.showModal(); }
    if (event.target.closest?.("[data-close]")) event.target.closest("dialog")?.close();
  });
}

/** Sending twice is prevented where it starts. */
function once() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.hasAttribute("hx-get")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
    for (const busy of document.querySelectorAll('[aria-busy="true"]')) busy.removeAttribute("aria-busy");
  });
}

/** Where all milestones have no room, the one that the case has come to stands in sight. */
function milestone() {
  const all = document.querySelector(".ms");
  const now = all?.querySelector('[aria-current="step"]');
  if (now) all.scrollLeft = now.offsetLeft - all.clientWidth / 3;
}

document.addEventListener("keydown", keepComposition, true);
milestone();
menus();
dialogs();
once();
keys();
draft();
// After an error the summary is read first.
document.querySelector("[data-errors]")?.focus();
