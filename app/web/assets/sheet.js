// A page of rows: thousands of them, drawn from one template, each saved by itself as it is left.
// Rows come as short JSON (web/rows.py): n number, v version, s state, d values, e errors, h hidden,
// l locked, m masked columns, o options of its own.
import { CONTROL, cells } from "./cells.js";

const { keep, first } = globalThis.desk;
const STEP = 60;
const BATCH = 100;
// What a row does not say of itself does not hold of it.
const NOTHING = { e: undefined, h: undefined, l: undefined, m: undefined, o: undefined };

function sheet(section) {
  const form = section.closest("form"), list = section.querySelector("tbody");
  const { url, name } = section.dataset, names = {};
  const place = `task/${form.dataset.taskId}/rows/${name}/`;
  const line = cells(section, names);
  const words = section.dataset;
  const rows = new Map(); // number → row
  const queue = new Map(); // number → {n, version, values}: typed and not sent yet
  let next = 0, shown = [], drawn = 0, sending = null, loaded = false, trouble = "", again;

  const one = (selector) => section.querySelector(selector);
  const trOf = (n) => list.querySelector(`tr[data-n="${n}"]`);

  // --- what a row holds ------------------------------------------------------------------------
  function take(row) {
    const known = rows.get(row.n);
    rows.set(row.n, known ? Object.assign(known, NOTHING, row) : row);
    delete rows.get(row.n).text;
    next = Math.max(next, row.n + 1);
  }

  let order = null;
  /** Where a row stands among those that are there: removed ones leave no gap. */
  function place_of(row) {
    if (!order || order.size !== rows.size) order = new Map([...rows.keys()].sort((a, b) => a - b).map((n, at) => [n, at]));
    return order.get(row.n) ?? row.n;
  }

  const standing = (row) => ({ place: place_of(row), unsent: queue.has(row.n) });
  const fill = (tr, row) => line.fill(tr, row, standing(row));

  function narrow() {
    const text = one("[data-sheet-filter]").value.trim().toLowerCase(), state = one("[data-sheet-state]").value;
    shown = [...rows.values()].sort((a, b) => a.n - b.n)
      .filter((row) => (!state || row.s === state) && (!text || line.textOf(row).includes(text)));
    drawn = 0;
    list.replaceChildren();
    more();
    one("[data-nothing]").hidden = shown.length > 0 || !loaded;
    count();
  }

  function more() {
    list.append(...shown.slice(drawn, drawn + STEP).map((row) => line.copy(row, standing(row))));
    drawn = Math.min(drawn + STEP, shown.length);
    section.dispatchEvent(new CustomEvent("rows", { bubbles: true }));
  }

  // Something waits to be put into a row that may not be drawn (uploads.js).
  section.addEventListener("reveal", ({ detail: n }) => {
    if (rows.has(n) && !shown.includes(rows.get(n))) {
      one("[data-sheet-filter]").value = one("[data-sheet-state]").value = "";
      narrow();
    }
    while (rows.has(n) && !trOf(n) && drawn < shown.length) more();
  });

  function count() {
    const many = { done: 0, failed: 0, todo: 0 };
    for (const row of rows.values()) many[row.s] += 1;
    const bar = one("[data-sheet-bar]");
    bar.max = Math.max(rows.size, 1);
    bar.value = many.done;
    one("[data-sheet-done]").textContent = words.progress.replace("#", many.done).replace("#", rows.size);
    for (const option of one("[data-sheet-state]").options) {
      if (option.value) option.textContent = `${words[option.value]} ${many[option.value]}`;
    }
    one("[data-sheet-shown]").textContent = shown.length === rows.size ? "" : words.shown.replace("#", shown.length);
    const at = one("[data-sheet-sent]");
    at.textContent = queue.size ? `${words.waiting.replace("#", queue.size)}${trouble ? ` ${trouble}` : ""}` : words.sent;
    at.dataset.is = queue.size ? "unsent" : "sent";
  }

  // --- saving ----------------------------------------------------------------------------------
  /** Take what was typed in a row; gives whether anything changed. */
  function gather(tr) {
    const row = rows.get(Number(tr.dataset.n));
    if (!row) return false;
    const values = line.valuesOf(tr, row);
    if (line.same(row, values)) return false;
    line.take(row, values);
    enqueue(row, values);
    line.mark(tr, "unsent");
    return true;
  }

  function enqueue(row, values, more = {}) {
    enqueueAll([[row, values]], more);
  }

  function enqueueAll(changes, more = {}) {
    const items = changes.map(([row, values]) => ({ n: row.n, version: row.v, values, ...more }));
    for (const item of items) queue.set(item.n, item);
    keep.putAll(items.map((item) => [place + item.n, item]));
    count();
  }

  async function put(items) {
    return fetch(url, {
      method: "PUT", body: JSON.stringify({ rows: items }),
      headers: { "X-CSRFToken": form.elements.csrf_token.value, "Content-Type": "application/json" },
    });
  }

  /** Send what waits. true: all is with the server; false: no network; null: it will not take it. */
  function flush() {
    sending ??= sendAll().finally(() => { sending = null; count(); });
    return sending;
  }

  async function sendAll() {
    while (queue.size) {
      const items = [...queue.values()].slice(0, BATCH);
      let answer;
      try {
        answer = await keep.reach(() => put(items));
      } catch { trouble = words.offline; clearTimeout(again); again = setTimeout(flush, keep.AGAIN); return false; }
      if (answer.status === 401 || answer.status === 400) { trouble = words.expired; one("[data-sign-in]").hidden = false; return null; }
      if (!answer.ok) { trouble = (await answer.text()).replace(/<[^>]*>/g, "").trim().slice(0, 200); return null; }
      trouble = "";
      one("[data-sign-in]").hidden = true;
      await arrived(items, await answer.json());
    }
    return true;
  }

  async function arrived(items, told) {
    Object.assign(names, told.names);
    const lost = new Map(told.lost.map((one) => [one.n, one]));
    const fresh = new Map(told.rows.map((row) => [row.n, row]));
    const gone = items.filter((item) => queue.get(item.n) === item);
    await keep.dropAll(gone.map((item) => place + item.n));
    for (const item of items) {
      const now = queue.get(item.n);
      if (now === item) queue.delete(item.n);
      const row = fresh.get(item.n);
      if (lost.has(item.n)) { clash(item, row, lost.get(item.n)); continue; }
      if (item.values === null) { rows.delete(item.n); continue; }
      if (!row) continue;
      if (now !== item && now) { // typed on meanwhile, or removed: then it stands in no row any more
        now.version = row.v;
        if (rows.has(item.n)) rows.get(item.n).v = row.v;
        continue;
      }
      take(row);
      redraw(row);
    }
    count();
    // What stands outside of the rows may count them.
    if ("counted" in section.dataset) document.getElementById("fields")?.dispatchEvent(new CustomEvent("redraw"));
  }

  function redraw(row) {
    const tr = trOf(row.n);
    if (tr) fill(tr, rows.get(row.n));
  }

  /** Somebody else saved the row first: both are shown, and the person says which one counts. */
  function clash(item, row, by) {
    if (item.values !== null && row && item.version === 0 && item.added) { rows.get(item.n) && add(item.values); take(row); narrow(); return; }
    if (row) take(row); else rows.delete(item.n);
    const tr = trOf(item.n);
    if (!tr || !row) { narrow(); return; }
    fill(tr, rows.get(item.n));
    const note = section.querySelector("template[data-clash]").content.firstElementChild.cloneNode(true);
    note.querySelector("[data-said]").textContent = words.clash.replace("#", by.name).replace("#", by.at);
    note.querySelector("[data-mine]").textContent = Object.entries(item.values ?? {}).filter(([, value]) => String(value)).map(([column, value]) => line.said({ d: { [column]: value } }, column)).join("、");
    const stands = rows.get(item.n);
    note.querySelector("[data-use]").addEventListener("click", () => {
      note.remove();
      Object.assign(stands.d, item.values);
      enqueue(stands, item.values);
      fill(tr, stands);
      flush();
    });
    note.querySelector("[data-leave]").addEventListener("click", () => note.remove());
    tr.querySelector("[data-notes]").replaceChildren(note);
  }

  // --- what a person does ----------------------------------------------------------------------
  // Most of it was taken with the strokes; what waits goes now.
  function leave(tr) { if (gather(tr) || queue.has(Number(tr.dataset.n))) flush(); }

  list.addEventListener("focusout", (event) => {
    const tr = event.target.closest("tr[data-n]");
    if (tr && !tr.contains(event.relatedTarget)) leave(tr);
  });
  list.addEventListener("input", (event) => {
    // Kept in this browser with every stroke; sent when the row is left.
    const tr = event.target.closest("tr[data-n]");
    if (tr && event.target.type !== "file") gather(tr);
  });
  list.addEventListener("change", (event) => {
    const tr = event.target.closest("tr[data-n]");
    if (!tr) return;
    const changed = gather(tr) || queue.has(Number(tr.dataset.n));
    if (changed && event.target.closest("[data-redraw], [data-files], [data-scanned]")) flush();
  });
  document.addEventListener("visibilitychange", () => {
    for (const tr of list.querySelectorAll("tr[data-n]")) gather(tr);
    flush();
  });
  addEventListener("online", flush);
  addEventListener("focus", () => { if (queue.size) flush(); });

  function step(from, by) {
    const cell = from.closest("[data-col]"), tr = from.closest("tr");
    let to = by > 0 ? tr.nextElementSibling : tr.previousElementSibling;
    if (!to && by > 0 && drawn < shown.length) { more(); to = tr.nextElementSibling; }
    const control = to && (line.cellOf(to, cell.dataset.col)?.querySelector(CONTROL) ?? to.querySelector(CONTROL));
    if (!control) { tr.querySelector(CONTROL)?.blur(); leave(tr); return; }
    control.focus();
    control.select?.();
    control.scrollIntoView({ block: "nearest" });
  }

  list.addEventListener("keydown", (event) => {
    const at = event.target;
    if (!at.matches(CONTROL) || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const open = at.getAttribute("aria-expanded") === "true";
    const arrow = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && !open && at.tagName !== "TEXTAREA") { event.preventDefault(); step(at, event.shiftKey ? -1 : 1); }
    else if (arrow && !open && !["SELECT", "TEXTAREA"].includes(at.tagName)) { event.preventDefault(); step(at, arrow); }
  });

  function add(values = {}) {
    const row = { n: next, v: 0, s: "todo", d: { ...values } };
    take(row);
    enqueue(row, values, { added: true });
    return row;
  }

  let pause;
  section.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    if (at("[data-add-row]")) {
      one("[data-sheet-filter]").value = "";
      one("[data-sheet-state]").value = "";
      const row = add();
      narrow();
      while (drawn < shown.length) more();
      trOf(row.n).querySelector(CONTROL)?.focus();
      flush();
    }
    if (at("[data-remove-row]")) {
      const tr = at("tr"), row = rows.get(Number(tr.dataset.n)), to = tr.nextElementSibling ?? tr.previousElementSibling;
      rows.delete(row.n);
      enqueue(row, null);
      tr.remove();
      shown = shown.filter((other) => other !== row);
      drawn -= 1;
      for (const other of list.children) other.querySelector("[data-no]").textContent = place_of(rows.get(Number(other.dataset.n))) + 1;
      (to?.querySelector("[data-remove-row]") ?? one("[data-add-row]")).focus();
      count();
      flush();
    }
    if (at("[data-sheet-fill]")) {
      clearTimeout(pause);
      narrow(); // by what stands in the filter now
      const wanted = Object.entries(JSON.parse(at("[data-sheet-fill]").dataset.sheetFill));
      const changes = [];
      for (const row of shown) {
        // Only what is empty: a row that somebody has judged is not judged anew.
        const free = wanted.filter(([column]) => !row.d[column] && !row.h?.includes(column) && !row.l?.includes(column));
        if (!free.length) continue;
        Object.assign(row.d, Object.fromEntries(free));
        delete row.text;
        changes.push([row, line.whole(row)]);
      }
      enqueueAll(changes);
      for (const [row] of changes) redraw(row);
      flush();
    }
    if (at("[data-more]")) more();
  });

  one("[data-sheet-filter]").addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(narrow, 120); });
  one("[data-sheet-state]").addEventListener("change", narrow);
  new IntersectionObserver((seen) => { if (seen.some((s) => s.isIntersecting) && drawn < shown.length) more(); }, { rootMargin: "600px" }).observe(one("[data-more-rows]"));

  // --- at the beginning ------------------------------------------------------------------------
  async function load() {
    let from = 0;
    while (from !== null) {
      const answer = await fetch(`${url}?from=${from}${"strict" in section.dataset ? "&strict=1" : ""}`, { headers: { "HX-Request": "true" } }).catch(() => null);
      if (!answer?.ok) { one("[data-sheet-sent]").textContent = words.failed_load; return; }
      const told = await answer.json();
      Object.assign(names, told.names);
      for (const row of told.rows) take(row);
      next = Math.max(next, told.next);
      from = told.more;
      if (!loaded) { loaded = true; section.dataset.loaded = ""; await recover(); narrow(); }
      else if (drawn === shown.length || shown.length < STEP) narrow();
      else { count(); }
    }
    section.dataset.whole = "";
    await recover();
    narrow();
    flush();
  }

  /** What an earlier tab could not send goes over what the server told. */
  async function recover() {
    if (!keep.unlocked()) await keep.unlock();
    for (const [, item] of await keep.waiting(place)) {
      const row = rows.get(item.n);
      if (queue.has(item.n) || (!row && !item.added && item.values)) continue;
      if (item.values === null) rows.delete(item.n);
      else take({ ...(row ?? { n: item.n, v: item.version, s: "todo", d: {} }), d: { ...row?.d, ...item.values } });
      queue.set(item.n, item);
    }
  }

  // A list that another answer asks for stands on the page from the beginning; its rows come when
  // it is first shown.
  let begun = false;
  function appear() {
    section.hidden = ![...form.querySelectorAll("#fields [name=_sheet]")].some((one) => one.value === name);
    if (section.hidden || begun) return;
    begun = true;
    load();
  }

  first.push(() => { for (const tr of list.querySelectorAll("tr[data-n]")) gather(tr); return flush(); });
  document.addEventListener("htmx:after:swap", appear);
  appear();
}

for (const section of document.querySelectorAll("[data-sheet]")) sheet(section);
