"""XML of strangers: no entities, no DTD, no network, a limit on size."""

from __future__ import annotations

from typing import Any

from lxml import etree

from app.errors import Invalid
from app.texts import T

MAX_BYTES = 4 * 1024 * 1024


class UnsafeXml(Invalid):
    """文件不是可以接受的 XML。"""


def parse(content: bytes) -> Any:
    """The root element. Raises UnsafeXml with the reason."""
    if len(content) > MAX_BYTES:
        raise UnsafeXml(T("文件超过 {n} MB", n=MAX_BYTES // 1024 // 1024))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnsafeXml(T("不是合法的 XML：{reason}", reason=error.msg or "")) from error
    if root.getroottree().docinfo.doctype:
        raise UnsafeXml(T("不允许文档类型声明（DTD）"))
    return root
