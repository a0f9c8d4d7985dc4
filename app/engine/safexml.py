"""XML of strangers: no entities, no DTD, no network; limits on size, depth and number."""

from __future__ import annotations

from typing import Any

from lxml import etree

from app.errors import Invalid
from app.texts import T

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 100_000


class UnsafeXml(Invalid):
    """文件不是可以接受的 XML。"""


def parse(content: bytes) -> Any:
    """The root element. Raises UnsafeXml with the reason."""
    if len(content) > MAX_BYTES:
        raise UnsafeXml(T("文件超过 {n} MB，请拆成几个文件", n=MAX_BYTES // 1024 // 1024))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise UnsafeXml(T("不是合法的 XML，请检查后重新导出：{reason}", reason=reason)) from error
    if root.getroottree().docinfo.doctype:
        raise UnsafeXml(T("不允许文档类型声明（DTD），请删去"))
    _measure(root)
    return root


def _measure(root: Any) -> None:
    """Depth and number. Raises UnsafeXml."""
    depth = number = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        number += event == "start"
        if depth > MAX_DEPTH:
            raise UnsafeXml(T("元素嵌套超过 {n} 层，请拆成几个流程", n=MAX_DEPTH))
        if number > MAX_ELEMENTS:
            raise UnsafeXml(T("元素超过 {n} 个，请拆成几个文件", n=MAX_ELEMENTS))
