// What a page that saves drawings must do around the modeler's library, so that nothing is lost.

const TAG = /<([\w.-]+):[\w.-]+(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))+\s*\/?>/g;
const HIDDEN = "own.";

const STANDARD = /xmlns:([\w.-]+)="http:\/\/www\.omg\.org\/spec\/(?:BPMN|DD)\//g;

// On an element of a's namespace the library takes a:x for x: another name keeps them apart.
export function hide(xml) {
  const known = new Set(Array.from(xml.matchAll(STANDARD), (found) => found[1]));
  return xml.replace(TAG, (tag, prefix) =>
    known.has(prefix)
      ? tag
      : tag.replace(new RegExp(`(\\s)${prefix}:([\\w.-]+\\s*=)`, "g"), `$1${HIDDEN}${prefix}.$2`),
  );
}

export function show(xml) {
  return xml.replace(/(\s)own\.([\w-]+)\.([\w.-]+=)/g, "$1$2:$3");
}

// The library leaves out what equals its default; here the standard's schema has none.
export function withoutDefault(moddle) {
  const edge = moddle.registry.typeMap["bpmndi:BPMNEdge"];
  for (const property of edge.properties) {
    if (property.name.endsWith("messageVisibleKind")) delete property.default;
  }
  return moddle;
}

// The modeler moves the inside of collapsed sub-processes to diagrams of their own, and in ordering
// the diagram leaves out what it could not draw: ours stays as it came.
export const AS_DRAWN = {
  subprocessCompatibility: ["value", null],
  bpmnDiOrdering: ["value", null],
};
