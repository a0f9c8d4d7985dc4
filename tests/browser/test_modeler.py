"""Drawings of other tools in the modeler itself: they open, and come back whole."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.engine.test_miwg import foreign, reference_drawings
from tools import roundtrip

ROOT = Path(__file__).parents[2]
MODELER = ROOT / "node_modules" / "bpmn-js" / "dist" / "bpmn-modeler.production.min.js"
WHOLE = (ROOT / "tools" / "whole.mjs").read_text().replace("export ", "")
OPEN = """async (xml) => {
  const modeler = new BpmnJS({ container: "#canvas", additionalModules: [AS_DRAWN] });
  withoutDefault(modeler._moddle);
  try {
    await modeler.importXML(hide(xml));
    const shapes = modeler.get("elementRegistry").getAll().length;
    return { shapes, xml: show((await modeler.saveXML({ format: true })).xml) };
  } catch (error) {
    return { shapes: 0, xml: "", error: String(error) };
  } finally {
    modeler.destroy();
  }
}"""


def test_drawings_of_other_tools_open_and_come_back_whole(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content('<div id="canvas" style="height: 600px"></div>')
    page.add_script_tag(path=str(MODELER))
    page.add_script_tag(content=WHOLE)
    files = {"made-up.bpmn": foreign(), **reference_drawings()}
    lost = {}
    for name, content in files.items():
        opened = page.evaluate(OPEN, roundtrip.text(content))
        assert opened["shapes"] > 1, (name, opened)
        lost[name] = roundtrip.lost(content, opened["xml"])
    page.close()
    assert lost == {name: [] for name in files}
