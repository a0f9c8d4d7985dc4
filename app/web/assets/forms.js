// A task's form: rows, files, search as one types. Works on what the macros draw.
const token = (form) => form.elements.csrf_token?.value ?? "";

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (row) {
    const box = row.closest("#fields");
    const mark = Object.assign(document.createElement("input"), {
      type: "hidden", name: row.dataset.row, value: row.dataset.value,
    });
    box.append(mark);
    const url = box.getAttribute("hx-post");
    globalThis.htmx?.ajax("POST", url, { source: box, target: box, swap: "innerMorph" });
    setTimeout(() => mark.remove());
  }
  const gone = event.target.closest?.("[data-drop]");
  if (gone) gone.closest("li").remove();
  const option = event.target.closest?.(".list [role=option]");
  if (option) choose(option);
});

async function upload(box, files) {
  const form = box.closest("form"), list = box.querySelector("ul");
  for (const file of files) {
    const body = new FormData();
    body.append("file", file);
    const line = document.createElement("li");
    line.textContent = file.name;
    if (box.dataset.many !== "true") list.replaceChildren();
    list.append(line);
    const answer = await fetch("/attachments", { method: "POST", body, headers: { "X-CSRFToken": token(form) } });
    if (!answer.ok) { line.className = "m"; line.textContent = `${file.name}：${await answer.text()}`; continue; }
    const { id } = await answer.json();
    line.append(Object.assign(document.createElement("input"), { type: "hidden", name: box.dataset.files, value: id }));
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("change", (event) => {
  const box = event.target.closest?.("[data-files]");
  if (box && event.target.type === "file") { upload(box, [...event.target.files]); event.target.value = ""; }
});
document.addEventListener("dragover", (event) => {
  if (event.target.closest?.("[data-files]")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const box = event.target.closest?.("[data-files]");
  if (box) { event.preventDefault(); upload(box, [...event.dataTransfer.files]); }
});

const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
function shut(input) { listOf(input).hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); }
function choose(option) {
  const input = document.querySelector(`[aria-controls="${CSS.escape(option.parentElement.id)}"]`);
  input.value = option.dataset.value ?? option.textContent.trim();
  shut(input); input.focus();
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
let wait;
document.addEventListener("input", (event) => {
  const input = event.target;
  if (!input.dataset?.lookup || event.isComposing) return;
  clearTimeout(wait);
  wait = setTimeout(async () => {
    if (!input.value.trim()) return shut(input);
    const answer = await fetch(`/lookup/${input.dataset.lookup}`, {
      method: "POST", body: new URLSearchParams({ q: input.value }), headers: { "X-CSRFToken": token(input.form) },
    });
    if (!answer.ok) return;
    listOf(input).innerHTML = await answer.text();
    listOf(input).hidden = false; input.setAttribute("aria-expanded", "true");
  }, 250);
});
document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.dataset?.lookup || listOf(input).hidden || event.isComposing) return;
  const options = [...listOf(input).querySelectorAll("[role=option]")];
  const at = options.findIndex((o) => o.getAttribute("aria-selected") === "true");
  if (event.key === "Escape") return shut(input);
  if (event.key === "Enter" && at >= 0) { event.preventDefault(); return choose(options[at]); }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !options.length) return;
  event.preventDefault();
  options.forEach((o) => o.setAttribute("aria-selected", "false"));
  const next = options[(at + step + options.length) % options.length];
  next.setAttribute("aria-selected", "true"); next.id ||= `${listOf(input).id}-${options.indexOf(next)}`;
  input.setAttribute("aria-activedescendant", next.id);
});
