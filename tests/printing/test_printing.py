"""Print-outs: what stands on them, what a template may not do, and how errors read."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from app import printing
from tests.printing import samples


def words(pdf: bytes) -> str:
    """All text of a PDF, without the spaces that setting puts in."""
    reader = PdfReader(io.BytesIO(pdf))
    return "".join(page.extract_text() for page in reader.pages).replace(" ", "").replace("\n", "")


def test_a_receipt_states_amount_twice_and_its_case() -> None:
    pdf = printing.render(samples.RECEIPT, samples.receipt())
    text = words(pdf)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    for said in (
        "192.22",
        "壹佰玖拾贰元贰角贰分",
        "GH20261123-0007",
        "第一联客户",
        "临江供水",
        "2026年11月23日10:41",
        "0731-96000000",
        "第1页/共1页",
    ):
        assert said in text


def test_it_is_pdf_a_with_all_fonts_embedded() -> None:
    pdf = printing.render(samples.RECEIPT, samples.receipt(), at=datetime(2026, 11, 23, tzinfo=UTC))
    reader = PdfReader(io.BytesIO(pdf))
    assert b"pdfaid:part>2<" in pdf
    assert b"pdfaid:conformance>B<" in pdf
    fonts = reader.pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        inner = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(inner.get_object())


def test_a_long_table_goes_on_with_its_head_on_the_next_page() -> None:
    pages = PdfReader(io.BytesIO(printing.render(samples.CONTENTS, samples.contents(60)))).pages
    assert len(pages) > 1
    assert all("材料题名" in page.extract_text() for page in list(pages)[:2])


def test_rare_characters_of_names_are_kept() -> None:
    assert "言𠮷㛃谷" in words(printing.render(samples.RECEIPT, samples.receipt()))


def test_a_character_without_type_is_marked_and_named() -> None:
    text = words(printing.render(samples.RECEIPT, samples.receipt("言𪛖谷")))
    assert "言〓谷" in text
    assert "U+2A6D6" in text


def test_the_same_data_gives_the_same_bytes() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    first = printing.render(samples.RECEIPT, samples.receipt(), at=at)
    assert first == printing.render(samples.RECEIPT, samples.receipt(), at=at)


def test_text_of_a_case_is_never_markup() -> None:
    text = words(printing.render(samples.RECEIPT, samples.receipt("#panic() *x* $y$")))
    assert "#panic()*x*$y$" in text


@pytest.mark.parametrize(
    "reach",
    [
        '#read("/etc/passwd")',
        '#import "@preview/x:0.1.0": *',
        '#import "/../render.py"',
        '#include "/water.typ" + ""\n#let x = read',
        '#eval("1")',
        '#json("/x.json")',
        '#std.read("/water.typ")',
        '#{\n  import ("@prev" + "iew/x:0.1.0")\n}',
    ],
)
def test_a_template_reaches_nothing_outside(reach: str) -> None:
    source = samples.RECEIPT + reach
    with pytest.raises(printing.Broken):
        printing.render(source, samples.receipt())
    found = printing.lint(source, "x.typ")
    assert found
    assert found[0]["rule"] in {"template-reach", "template-compile"}


def test_a_faulty_template_names_its_line() -> None:
    with pytest.raises(printing.Broken, match="unknown variable") as caught:
        printing.render('#import "/water.typ": *\n\n#missing-block()', {})
    assert caught.value.details["line"] == 3
    assert printing.lint("#missing-block()", "x.typ")[0]["element"] == "1"


@pytest.mark.parametrize("template", [samples.RECEIPT, samples.CONTENTS])
def test_templates_that_read_with_v_compile_without_data(template: str) -> None:
    assert printing.lint(template, "x.typ") == []


def test_the_build_brings_the_typefaces_beside_the_renderer() -> None:
    (folder,) = printing.folders()
    names = {path.name for path in folder.glob("*.ttf")}
    assert {
        f"NotoSans{face}_{w}.ttf" for face in ("SC", "JP") for w in ("400Regular", "700Bold")
    } <= (names)
    assert (folder / "NotoSansSC.LICENSE").exists()
