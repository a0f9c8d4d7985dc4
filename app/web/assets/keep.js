// What was typed and has not reached the server: kept in this browser until it has. It is sealed
// (AES-GCM) under a key that the server tells to whoever is signed in and that stands nowhere on
// the disk: after signing out nobody opens it, after signing in the same person does again.

const STORE = "kept";
const LONGEST = 30 * 24 * 3600 * 1000;
const memory = new Map();
let key = null;
let person = null;
let database = null;
let asking = null;

const wait = (request) => new Promise((done, fail) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => fail(request.error);
});

async function opened() {
  if (database !== null) return database;
  try {
    const request = indexedDB.open("typing", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    database = await wait(request);
  } catch {
    database = false; // a browser that keeps nothing: this page's memory must do
  }
  return database;
}

/** Everything that waits, of anybody; the rest of the house sees only ciphertext. */
async function records() {
  const base = await opened();
  return base ? wait(base.transaction(STORE).objectStore(STORE).getAll()) : [...memory.values()];
}

async function write(change) {
  const base = await opened();
  if (!base) return change({ put: (one) => memory.set(one.id, one), delete: (id) => memory.delete(id) });
  const deed = base.transaction(STORE, "readwrite");
  change(deed.objectStore(STORE));
  return new Promise((done, fail) => { deed.oncomplete = done; deed.onerror = deed.onabort = () => fail(deed.error); });
}

const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

async function ask() {
  const answer = await fetch("/me/typing", { headers: { "HX-Request": "true" } });
  if (!answer.ok) return answer.status;
  const told = await answer.json();
  // Who signs in now at this browser may be another: what the page holds is not that person's.
  if (person !== null && told.person !== person) return 409;
  person = told.person;
  key = await crypto.subtle.importKey("raw", bytes(told.key), "AES-GCM", false, ["encrypt", "decrypt"]);
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = told.csrf;
  return 200;
}

/** Fetch the key, and a token of the page's forms that is good now. Gives the status: 200, 401 … 0 without a network. */
export function unlock() {
  asking ??= ask().catch(() => 0).finally(() => { asking = null; });
  return asking;
}

// What comes from before a server that is down, and not from it.
const DOWN = [502, 503, 504];
// A server that was down tells nobody when it is up again: what waits is tried by itself.
export const AGAIN = 5000;
export const reachable = async () => ![0, ...DOWN].includes(await unlock());

/** Send, once more with a new token if the old one was no good. Throws without a network or a server. */
export async function reach(send) {
  let answer = await send();
  if ([400, 401].includes(answer.status) && (await unlock()) === 200) answer = await send();
  if (DOWN.includes(answer.status)) throw answer;
  return answer;
}

export const unlocked = () => key !== null;

async function sealed(place, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12)), id = `${person}|${place}`;
  const said = new TextEncoder().encode(JSON.stringify(value));
  const body = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(id) }, key, said);
  return { id, iv, body, at: Date.now() };
}

/** Keep values by their places, [place, value] each. */
export async function putAll(pairs) {
  if (!key) return;
  const made = await Promise.all(pairs.map(([place, value]) => sealed(place, value)));
  await write((store) => { for (const one of made) store.put(one); });
}

export const put = (place, value) => putAll([[place, value]]);
export const dropAll = (places) => write((store) => { for (const place of places) store.delete(`${person}|${place}`); });
export const drop = (place) => dropAll([place]);

/** What this person has waiting under a place: [place, value] each. Old and alien rubbish goes. */
export async function waiting(prefix) {
  const mine = `${person}|${prefix}`, found = [];
  for (const one of await records()) {
    if (Date.now() - one.at > LONGEST) { await write((store) => store.delete(one.id)); continue; }
    if (!key || !one.id.startsWith(mine)) continue;
    try {
      const clear = await crypto.subtle.decrypt({ name: "AES-GCM", iv: one.iv, additionalData: new TextEncoder().encode(one.id) }, key, one.body);
      found.push([one.id.slice(`${person}|`.length), JSON.parse(new TextDecoder().decode(clear))]);
    } catch {
      await write((store) => store.delete(one.id)); // sealed under a key that is no more
    }
  }
  return found;
}
