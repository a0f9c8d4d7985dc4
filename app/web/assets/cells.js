// How a row stands in its cells, and what was typed in them. A row is the short JSON of web/rows.py,
// its line a copy of one template.
export const CONTROL = "input:not([type=hidden], [type=file], [tabindex='-1']), select, textarea";

/** The cells of a list. `names`: of files, by their ids. */
export function cells(section, names) {
  const template = section.querySelector("template[data-line]"), words = section.dataset;
  const columns = [...template.content.querySelectorAll("[data-col]")].map((cell) => cell.dataset.col);

  const cellOf = (tr, column) => tr.querySelector(`[data-col="${CSS.escape(column)}"]`);
  const closed = (row, column) => row.l?.includes(column) || row.m?.includes(column) || row.h?.includes(column);

  function textOf(row) {
    row.text ??= `${row.n + 1} ${columns.map((column) => said(row, column)).join(" ")}`.toLowerCase();
    return row.text;
  }

  /** A value as a person reads it: of a choice its label. */
  function said(row, column) {
    const value = row.d[column];
    if (value === undefined || Array.isArray(value)) return "";
    const option = (row.o?.[column] ?? choices(column)).find(([key]) => key === value);
    return option ? option[1] : value;
  }

  const chosen = new Map();
  function choices(column) {
    if (!chosen.has(column)) {
      const options = cellOf(template.content, column)?.querySelectorAll("option") ?? [];
      chosen.set(column, [...options].filter((o) => o.value).map((o) => [o.value, o.textContent]));
    }
    return chosen.get(column);
  }

  // --- from the row to its line ----------------------------------------------------------------
  /** A new line of a row; `at`: see fill. */
  function copy(row, at) {
    const tr = template.content.firstElementChild.cloneNode(true);
    for (const element of tr.querySelectorAll("*")) {
      for (const { name: attribute, value } of [...element.attributes]) {
        if (value.includes("[ROW]")) element.setAttribute(attribute, value.replaceAll("[ROW]", `[${row.n}]`));
      }
      // Rows go one by one, never with the form.
      if (element.name) element.removeAttribute("name");
      if (element.dataset?.files) element.dataset.files = "";
    }
    tr.dataset.n = row.n;
    fill(tr, row, at);
    return tr;
  }

  /** Show a row. `at`: {place: where it stands, unsent: whether it waits to be sent}. */
  function fill(tr, row, { place, unsent }) {
    tr.dataset.state = row.s;
    tr.querySelector("[data-no]").textContent = place + 1;
    for (const said of tr.querySelectorAll("[data-of]")) said.textContent = row.d[columns[0]] || place + 1;
    for (const column of columns) {
      const cell = cellOf(tr, column);
      cell.toggleAttribute("data-none", row.h?.includes(column) ?? false);
      show(cell, row, column);
      wrong(cell, row.e?.[column]);
    }
    mark(tr, unsent ? "unsent" : row.s);
  }

  /** Say how a row stands: todo, failed, done or unsent. */
  function mark(tr, state) {
    const at = tr.querySelector("[data-row-state]");
    at.textContent = words[state];
    at.dataset.is = state;
  }

  function show(cell, row, column) {
    const value = row.d[column] ?? "";
    if ("fixed" in cell.dataset) { cell.querySelector("[data-text]").textContent = value || "—"; return; }
    const box = cell.querySelector("[data-files]");
    if (box) { files(box, value || []); return; }
    const control = cell.querySelector(CONTROL);
    if (row.o?.[column]) options(control, row.o[column]);
    if (control.type === "checkbox") control.checked = value === "true";
    else if (control !== document.activeElement || control.value === "") set(control, value);
    control.disabled = row.l?.includes(column) || row.m?.includes(column) || "closed" in words;
  }

  function set(control, value) {
    if (control.tagName === "SELECT" && value && ![...control.options].some((o) => o.value === value)) {
      control.add(new Option(value, value));
    }
    control.value = value;
  }

  function options(control, offered) {
    const none = control.options[0];
    control.replaceChildren(none, ...offered.map(([key, label]) => new Option(label, key)));
  }

  function files(box, ids) {
    const held = [...box.querySelectorAll("li input[type=hidden]")].map((input) => input.value);
    if (held.join() === ids.join()) return;
    box.querySelector("ul").replaceChildren(...ids.map((id) => {
      const item = document.createElement("li"), label = names[id] ?? words.file;
      const gone = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: box.dataset.gone });
      gone.dataset.drop = "";
      gone.setAttribute("aria-label", `${box.dataset.gone} ${label}`);
      const link = Object.assign(document.createElement("a"), { href: `/attachments/${id}/view`, target: "_blank", rel: "noopener", textContent: label });
      link.dataset.view = "";
      item.append(Object.assign(document.createElement("input"), { type: "hidden", value: id }),
        link, " ", gone);
      return item;
    }));
  }

  function wrong(cell, text) {
    const control = cell.querySelector(CONTROL) ?? cell.querySelector("input[type=file]");
    let line = cell.querySelector(".m[data-row-error]");
    cell.querySelector(".f")?.classList.toggle("err", Boolean(text));
    if (!text) { line?.remove(); control?.removeAttribute("aria-invalid"); return; }
    if (!line) {
      line = Object.assign(document.createElement("p"), { className: "m" });
      line.dataset.rowError = "";
      (cell.querySelector(".f") ?? cell).append(line);
    }
    line.textContent = text;
    if (!control) return;
    line.id = `${control.id}-error`;
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", line.id);
  }

  // --- from the line to the row ----------------------------------------------------------------
  /** What is typed in a line, by its columns. */
  function valuesOf(tr, row) {
    const values = {};
    for (const column of columns) {
      const cell = cellOf(tr, column);
      if ("fixed" in cell.dataset || closed(row, column)) continue;
      const box = cell.querySelector("[data-files]");
      if (box) {
        const ids = [...box.querySelectorAll("li input[type=hidden]")].map((input) => input.value);
        values[column] = box.dataset.many === "true" ? ids : ids[0] ?? "";
        continue;
      }
      const control = cell.querySelector(CONTROL);
      values[column] = control.type === "checkbox" ? String(control.checked) : control.value;
    }
    return values;
  }

  /** Whether a row holds these values already. */
  const same = (row, values) => Object.entries(values).every(([column, value]) => {
    const held = row.d[column] ?? (Array.isArray(value) ? [] : "");
    const before = Array.isArray(held) && !Array.isArray(value) ? held[0] ?? "" : held;
    return String(before) === String(value) || (value === "false" && before === "");
  });

  /** Take values into a row as the server tells them: what is empty is not there. */
  function take(row, values) {
    Object.assign(row.d, values);
    for (const [column, value] of Object.entries(values)) {
      if (value === "" || value === "false") delete row.d[column];
      else if (!Array.isArray(value) && cellOf(template.content, column).querySelector("[data-files]")) row.d[column] = [value];
    }
    delete row.text;
  }

  /** All that a row holds and may be changed in it, also when it is not drawn. */
  function whole(row) {
    const open = columns.filter((column) => !("fixed" in cellOf(template.content, column).dataset) && !closed(row, column));
    return Object.fromEntries(open.map((column) => {
      const box = cellOf(template.content, column).querySelector("[data-files]"), value = row.d[column];
      return [column, box ? (box.dataset.many === "true" ? value ?? [] : value?.[0] ?? "") : value ?? ""];
    }));
  }

  return { cellOf, textOf, said, copy, fill, mark, valuesOf, same, take, whole };
}
