// A case on its drawing: where it was, where it stands, what people did beside the drawing.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

const READABLE = 0.7;
const box = document.querySelector("[data-drawing]");

/** A dashed line for a way that no drawing shows, between the middles of two shapes. */
function line(canvas, from, to) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const [a, b] = [from, to].map((s) => ({ x: s.x + s.width / 2, y: s.y }));
  const top = Math.min(a.y, b.y) - 46;
  svg.setAttribute("d", `M ${a.x} ${a.y} C ${a.x} ${top}, ${b.x} ${top}, ${b.x} ${b.y}`);
  svg.setAttribute("class", "beside-line");
  canvas.getLayer("beside", 1).appendChild(svg);
}

function badge(overlays, element, text, kind) {
  const said = document.createElement("span");
  said.className = `badge-${kind}`;
  said.textContent = text;
  overlays.add(element, { position: { top: -12, right: 12 }, html: said });
}

function mark(viewer, marks) {
  const [canvas, overlays, shapes] = ["canvas", "overlays", "elementRegistry"].map((n) => viewer.get(n));
  const there = (id) => id && shapes.get(id);
  for (const [id, visits] of Object.entries(marks.visits)) {
    if (!there(id)) continue;
    canvas.addMarker(id, "was-here");
    if (visits > 1) badge(overlays, id, String(visits), "count");
  }
  for (const id of marks.now) if (there(id)) canvas.addMarker(id, "is-here");
  for (const { element, to, text } of marks.beside) {
    const at = [element, to].find(there);
    if (at) badge(overlays, at, text, "beside");
    if (there(element) && there(to)) line(canvas, shapes.get(element), shapes.get(to));
  }
}

/** Large enough to read, where the case stands; else the whole of a small drawing. */
function look(viewer, marks) {
  const [canvas, shapes] = [viewer.get("canvas"), viewer.get("elementRegistry")];
  canvas.zoom("fit-viewport", "auto");
  const here = shapes.get(marks.now[0]) ?? shapes.get(Object.keys(marks.visits).at(-1));
  if (canvas.zoom() > READABLE || !here) return;
  canvas.zoom(READABLE);
  const { width, height } = canvas.viewbox();
  canvas.viewbox({ x: here.x - width / 2, y: here.y - height / 2, width, height });
}

function zoom(canvas) {
  const buttons = document.querySelector("[data-zoom]");
  buttons.hidden = false;
  buttons.addEventListener("click", (event) => {
    const by = Number(event.target.dataset.by ?? NaN);
    if (by === 0) canvas.zoom("fit-viewport", "auto");
    else if (by) canvas.zoom(canvas.zoom() * by);
  });
}

async function show() {
  const viewer = new NavigatedViewer({ container: box });
  const answer = await fetch(box.dataset.drawing);
  if (!answer.ok) throw new Error(String(answer.status));
  await viewer.importXML(await answer.text());
  const marks = JSON.parse(box.dataset.marks);
  mark(viewer, marks);
  look(viewer, marks);
  zoom(viewer.get("canvas"));
  box.dataset.ready = "true";
}

if (box) show().catch(() => { box.textContent = box.dataset.failed; });
