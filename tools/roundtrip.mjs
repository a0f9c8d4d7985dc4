// Opens drawings in the modeler's library and saves them again: JSON {name: XML} in, JSON
// {name: {xml, warnings}} out.
import { readFileSync } from "node:fs";
import { BpmnModdle } from "bpmn-moddle";
import { hide, show, withoutDefault } from "./whole.mjs";

async function again(xml) {
  const moddle = withoutDefault(new BpmnModdle());
  const { rootElement, warnings } = await moddle.fromXML(hide(xml));
  const saved = await moddle.toXML(rootElement, { format: true });
  return { xml: show(saved.xml), warnings: warnings.map((each) => each.message) };
}

const saved = {};
for (const [name, xml] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  try {
    saved[name] = await again(xml);
  } catch (error) {
    saved[name] = { xml: "", warnings: [String(error.message)] };
  }
}
process.stdout.write(JSON.stringify(saved));
