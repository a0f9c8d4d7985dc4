// Looking at papers: a dialog over the page one works on, or the page of the file itself. The
// server draws pages; here are the dialog, zoom, turning and the keys.

const STEP = 1.25, MOST = 6;
const state = { zoom: 1, turn: 0 };
const links = () => [...document.querySelectorAll("a[data-view]")];
let dialog, current;

const viewer = () => (dialog?.open ? dialog : document).querySelector("[data-viewer]");

/** Size by hand: a turned picture must take the room that it shows in. */
function lay() {
  const box = viewer(), img = box?.querySelector("img"), pane = box?.querySelector(".pane");
  if (!img?.naturalWidth) return;
  const across = state.turn % 180 !== 0;
  const [w, h] = across ? [img.naturalHeight, img.naturalWidth] : [img.naturalWidth, img.naturalHeight];
  const room = Math.min(pane.clientWidth / w, pane.clientHeight / h, 1);
  const by = room * state.zoom, frame = img.parentElement;
  Object.assign(frame.style, { width: `${w * by}px`, height: `${h * by}px` });
  Object.assign(img.style, {
    width: `${img.naturalWidth * by}px`, height: `${img.naturalHeight * by}px`,
    transform: `translate(-50%, -50%) rotate(${state.turn}deg)`,
  });
}

function zoom(by) { state.zoom = by ? Math.min(MOST, Math.max(0.5, state.zoom * by)) : 1; lay(); }
function turn() { state.turn = (state.turn + 90) % 360; state.zoom = 1; lay(); }

/** Make what was drawn a viewer: buttons that need this script, and a word when there is no picture. */
function ready(box) {
  Object.assign(state, { zoom: 1, turn: 0 });
  box.classList.add("is-live");
  for (const button of box.querySelectorAll("[data-do]")) button.hidden = false;
  const img = box.querySelector("img");
  const failed = () => {
    const words = Object.assign(document.createElement("p"), { className: "late", textContent: img.dataset.failed });
    words.setAttribute("role", "alert");
    img.closest(".pane").replaceChildren(words);
  };
  img.addEventListener("load", lay);
  img.addEventListener("error", failed);
  if (img.complete) img.naturalWidth ? lay() : failed();
}

// --- the dialog --------------------------------------------------------------------------------

function open() {
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.className = "viewing";
    document.body.append(dialog);
    dialog.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) dialog.close(); });
    dialog.addEventListener("close", () => { dialog.replaceChildren(); current?.focus(); });
  }
  dialog.setAttribute("aria-label", document.body.dataset.viewing);
  if (!dialog.open) dialog.showModal();
}

/** Files beside are those of this page, in its order, whatever the server knows of them. */
function beside(box) {
  const all = links(), at = all.indexOf(current), acts = box.querySelector(".acts");
  for (const old of acts.querySelectorAll("[data-go=before], [data-go=behind]")) old.remove();
  const button = (name, words, to) => {
    if (!to) return;
    const made = Object.assign(document.createElement("a"), { className: "btn btn-sm", href: to.href, textContent: words });
    made.dataset.go = name;
    made.addEventListener("click", () => { current = to; });
    acts.prepend(made);
  };
  button("behind", document.body.dataset.behind, all[at + 1]);
  button("before", document.body.dataset.before, all[at - 1]);
}

async function show(href) {
  open();
  const answer = await fetch(href, { headers: { "HX-Request": "true" } }).catch(() => null);
  const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
  const box = page?.querySelector("[data-viewer]");
  const close = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm r", textContent: document.body.dataset.close });
  close.dataset.close = "";
  if (!box) {
    // A reason is asked for first, or the sign-in is over: that has a page of its own.
    const words = Object.assign(document.createElement("a"), { href, target: "_blank", rel: "noopener", textContent: document.body.dataset.elsewhere });
    dialog.replaceChildren(close, words);
    return;
  }
  dialog.replaceChildren(document.importNode(box, true));
  const drawn = dialog.firstElementChild;
  beside(drawn);
  drawn.querySelector(".acts").append(close);
  ready(drawn);
  drawn.querySelector(".pane").focus();
}

// --- what is clicked and typed -------------------------------------------------------------------

function go(name) { viewer()?.querySelector(`[data-go=${name}]`)?.click(); }

function keys(event) {
  const box = viewer();
  if (!box || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  const still = state.zoom <= 1;
  const deeds = {
    "+": () => zoom(STEP), "=": () => zoom(STEP), "-": () => zoom(1 / STEP), 0: () => zoom(0),
    r: turn, R: turn, PageDown: () => go("behind"), PageUp: () => go("before"),
    ...(still ? { ArrowRight: () => go("on"), ArrowLeft: () => go("back") } : {}),
  };
  if (!deeds[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  deeds[event.key]();
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest?.(selector);
  const deed = at("[data-do]")?.dataset.do;
  if (deed) ({ larger: () => zoom(STEP), smaller: () => zoom(1 / STEP), turn })[deed]();
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = at("a[data-view]");
  if (link) { event.preventDefault(); current = link; show(link.href); }
  const within = at("dialog.viewing [data-go]");
  if (within) { event.preventDefault(); show(within.href); }
});
document.addEventListener("keydown", keys, true);
addEventListener("resize", lay);
const alone = document.querySelector("[data-viewer]");
if (alone) ready(alone);
