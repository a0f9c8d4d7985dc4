// A draft is saved some seconds after the last key, and once more when one leaves the page.

const PAUSE = 2500;

function body(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return new URLSearchParams(data);
}

export function draft() {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const said = document.querySelector("[data-draft-state]");
  let saved = body(form).toString();
  let timer;

  async function save(leaving) {
    clearTimeout(timer);
    const now = body(form);
    if (now.toString() === saved || form.dataset.sent) return;
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "PUT", body: now, keepalive: leaving, headers: { "X-CSRFToken": form.elements.csrf_token.value },
      });
      if (answer.ok) saved = now.toString();
      if (said) said.textContent = await answer.text();
    } catch {
      if (said) said.textContent = said.dataset.offline;
    }
  }

  const later = () => { clearTimeout(timer); timer = setTimeout(save, PAUSE, false); };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
}
