"""Two sheets as a template's author would write them, and the data they print."""

from __future__ import annotations

from typing import Any

RECEIPT = """#import "/water.typ": *
#show: paper.with(title: "收据", size: "a5", number: v("receipt_no"))
#facts(
  ("交款人", v("payer")), ("户号", v("account_no")),
  ("交款方式", v("method")), ("交款日期", day(v("on"))),
  ("用水地址", v("address"), true),
)
#items(
  (("序号", "", "no"), ("项目", "text"), ("账期", "period"), ("金额（元）", "amount", "yuan")),
  v("items"), total: v("total"),
)
#amount-line(v("total"))
#note[本收据加盖收费专用章后有效，请妥善保管。]
#signatures("交款人", ("收款人", v("print.operator")), date: false)
"""

CONTENTS = """#import "/water.typ": *
#show: paper.with(title: "卷内目录", subtitle: v("volume.archive_no"))
#facts(
  ("案卷题名", v("volume.title"), true),
  ("户号", v("account_no")), ("办结", moment(v("volume.closed"))),
  ("保管期限", v("volume.retention")), ("密级", v("volume.secrecy")),
)
#items(
  (("序号", "", "no"), ("材料题名", "title"), ("责任者", "maker"), ("日期", "on", "day"),
   ("页数", "pages", "number"), ("备注", "note")),
  v("volume.items"), widths: (auto, 2fr, 1fr, auto, auto, 1fr),
)
= 备考表
#facts(columns: 1, ("说明", v("volume.remark")), ("共计", v("volume.pages")))
#choices(v("volume.kinds"), ("original", "原件"), ("copy", "复印件"))
#signatures("立卷人", "检查人")
#issued()
"""


def sheet(**more: Any) -> dict[str, Any]:
    """What all sheets share."""
    return {
        "company": "临江供水有限公司",
        "outlet": "城东营业厅",
        "phone": "0731-96000000",
        "case_number": "GH20261123-0007",
        "url": "http://127.0.0.1:8000/cases/GH20261123-0007",
        "operator": "林栖",
        "printed_at": "2026-11-23T02:41:00+00:00",
        "date": "2026-11-23",
        **more,
    }


def receipt(payer: str = "言𠮷㛃谷") -> dict[str, Any]:
    """Data of a receipt over 192.22 yuan."""
    return {
        "print": sheet(copy="第一联 客户"),
        "receipt_no": "SJ20261123007-0001",
        "payer": payer,
        "account_no": "1002003417",
        "method": "现金",
        "on": "2026-11-23",
        "address": "城东区桐荫路12号3单元502",
        "total": 19222,
        "items": [
            {"text": "水费", "period": "2026-09", "amount": 10011},
            {"text": "污水处理费", "period": "2026-10", "amount": 9211},
        ],
    }


def contents(rows: int = 40) -> dict[str, Any]:
    """Data of a table of contents that takes more than one page."""
    items = [
        {"title": f"材料 {n}", "maker": "言谷", "on": "2026-11-23", "pages": n % 4 + 1}
        for n in range(1, rows + 1)
    ]
    volume = {
        "archive_no": "LJ01-2026-02-0007",
        "title": "水表过户：桐荫路12号3单元502",
        "items": items,
        "closed": "2026-11-23T08:00:00+00:00",
        "retention": "30年",
        "secrecy": "一般",
        "pages": sum(item["pages"] for item in items),
        "remark": "卷内材料齐全。",
        "kinds": ["original"],
    }
    return {"print": sheet(), "account_no": "1002003417", "volume": volume}
