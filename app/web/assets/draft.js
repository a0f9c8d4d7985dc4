// A draft is saved some seconds after the last key, and once more when one leaves the page. Until the
// server has it, it is kept in this browser (keep.js): a dead tab, a lost network, an expired login
// take nothing that was typed.
import * as keep from "./keep.js";

const PAUSE = 2500;
const SOON = 300;
// Where work of the same page asks to be finished before the form goes (rows; sheet.js).
const first = [];
globalThis.desk = { keep, first };

function body(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File || name === "_once") data.delete(name);
  return new URLSearchParams(data);
}

/** What a person typed: without the page's own fields, which change by themselves. */
function typed(form) {
  const data = body(form);
  data.delete("csrf_token");
  return data.toString();
}

export function draft() {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const said = document.querySelector("[data-draft-state]");
  const place = `task/${form.dataset.taskId}/form`;
  const url = form.dataset.draft;
  let saved = typed(form);
  let kept = saved;
  let timer, quick, again, busy = null, wanted = null;

  const say = (word, state) => { if (said) { said.textContent = said.dataset[word] ?? word; said.dataset.state = state; } };
  const dirty = () => typed(form) !== saved;

  async function store() {
    clearTimeout(quick);
    const now = typed(form);
    if (now === kept || form.dataset.sent) return;
    kept = now;
    await keep.put(place, { typed: now, seen: form.dataset.drafted ?? "" });
  }

  function send(leaving) {
    return fetch(url, {
      method: "PUT", body: body(form), keepalive: leaving, headers: { "X-CSRFToken": form.elements.csrf_token.value },
    });
  }

  /** Whether all that is typed is with the server. */
  async function save(leaving = false) {
    clearTimeout(timer);
    if (form.dataset.sent || !dirty()) return true;
    const now = typed(form);
    await store();
    try {
      const answer = await keep.reach(() => send(leaving));
      if (!answer.ok) { say(await answer.text(), "unsent"); return null; }
      saved = now;
      form.dataset.drafted = answer.headers.get("X-Saved") ?? "";
      sessionStorage.setItem(place, form.dataset.drafted);
      if (typed(form) === now) { kept = now; await keep.drop(place); }
      say(await answer.text(), "saved");
      return true;
    } catch {
      say(wanted ? "later" : "offline", "unsent");
      retry();
      return false;
    }
  }

  function retry() {
    clearTimeout(again);
    again = setTimeout(back, keep.AGAIN);
  }

  async function back() {
    if (wanted) { busy ??= handIn(wanted); return; }
    if (dirty()) await save();
  }

  const later = () => {
    clearTimeout(timer);
    clearTimeout(quick);
    quick = setTimeout(store, SOON);
    timer = setTimeout(save, PAUSE);
  };

  /** Whether this page was drawn before what the page before it sent had arrived: it is drawn anew, once. */
  function outrun() {
    const sent = sessionStorage.getItem(place);
    sessionStorage.removeItem(place);
    if (!sent || Date.parse(sent) <= (Date.parse(form.dataset.drafted) || 0)) return false;
    location.reload();
    return true;
  }

  /** What an earlier tab could not send. */
  async function recover() {
    if (outrun()) return;
    if ((await keep.unlock()) !== 200) return;
    const [found] = await keep.waiting(place);
    if (!found) return;
    const before = found[1];
    if (before.typed === saved) return keep.drop(place);
    const choice = document.querySelector("[data-kept]");
    const use = async () => {
      const given = new URLSearchParams(before.typed);
      given.set("csrf_token", form.elements.csrf_token.value);
      const answer = await fetch(url, { method: "PUT", body: given, headers: { "X-CSRFToken": form.elements.csrf_token.value } }).catch(() => null);
      if (!answer?.ok) return;
      await keep.drop(place);
      location.reload();
    };
    // Nobody saved since: it simply goes on. Else the person says which of the two counts.
    if (before.seen === (form.dataset.drafted ?? "")) return use();
    if (!choice) return;
    choice.hidden = false;
    choice.querySelector("[data-use]").addEventListener("click", use);
    choice.querySelector("[data-leave]").addEventListener("click", async () => { await keep.drop(place); choice.hidden = true; });
  }

  async function handIn(submitter) {
    const done = [await save(), ...(await Promise.all(first.map((finish) => finish())))];
    // What the browser itself cannot send gives way to its page of errors.
    if (!done.includes(false) && !(await keep.reachable())) done.push(false);
    busy = null;
    if (done.includes(false)) { wanted = submitter; say("later", "unsent"); retry(); return; }
    if (done.slice(1).includes(null)) return; // the rows say what is wrong
    wanted = null;
    saved = typed(form);
    form.dataset.ready = "1";
    form.requestSubmit(submitter);
  }

  form.addEventListener("input", later);
  form.addEventListener("change", later);
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); else if (dirty()) save(); });
  document.addEventListener("submit", (event) => {
    if (event.target !== form || form.dataset.sent) return;
    if (form.dataset.ready) { delete form.dataset.ready; return; }
    event.preventDefault();
    busy ??= handIn(event.submitter);
  }, true);
  addEventListener("online", back);
  // Back from signing in elsewhere.
  addEventListener("focus", () => { if (said?.dataset.state === "unsent") back(); });
  addEventListener("offline", () => { if (dirty()) say("offline", "unsent"); });
  recover();
}
