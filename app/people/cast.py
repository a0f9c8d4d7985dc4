"""The demo's persons: invented, and only under the demo setting."""

from __future__ import annotations

import sqlalchemy as sa

from app.config import settings
from app.db import db
from app.errors import Refused
from app.people.admin import add_person, seed_groups
from app.people.models import Person
from app.texts import T
from app.work import Work

# login, name, role as people say it, groups, region.
CAST: tuple[tuple[str, str, str, tuple[str, ...], str | None], ...] = (
    ("linqi", "林栖", "窗口员", ("window_clerk",), None),
    ("ruanqinghe", "阮清和", "窗口员", ("window_clerk",), None),
    ("hejianwei", "何见微", "热线员", ("hotline_agent",), None),
    ("baizhifan", "白知返", "派单", ("dispatch_desk",), None),
    ("jiangbeichen", "姜北辰", "城东调度", ("branch_dispatcher:城东",), "城东"),
    ("jiangzhaoye", "江照野", "城南调度", ("branch_dispatcher:城南",), "城南"),
    ("tianyezhou", "田野舟", "城东维修", ("branch_repair:城东",), "城东"),
    ("chuxiangnan", "褚向南", "城东抄表", ("meter_reader:城东",), "城东"),
    ("shiyan", "石砚", "稽查", ("enforcement_team",), None),
    ("yujin", "余烬", "稽查", ("enforcement_team",), None),
    ("heqingchuan", "贺青川", "查勘设计", ("surveyor_designer",), None),
    ("dingwangshu", "丁望舒", "安装", ("installer",), None),
    ("sumu", "苏木", "库管", ("meter_storekeeper",), None),
    ("guanshanyue", "关山月", "计量", ("metering",), None),
    ("yezhiqiu", "叶知秋", "营销", ("sales",), None),
    ("guheng", "顾衡", "验收", ("acceptance_engineer",), None),
    ("qinshuyan", "秦书言", "合同", ("contract_clerk",), None),
    ("qiaozhiwei", "乔知微", "数据录入", ("data_entry",), None),
    ("chengyuan", "程予安", "数据录入", ("data_entry",), None),
    ("liuwensheng", "柳闻笙", "收费", ("cashier",), None),
    ("wenlingyi", "温令仪", "票据", ("invoice_clerk",), None),
    ("jiangyinuo", "蒋以诺", "财务", ("finance",), None),
    ("weizhiyuan", "卫知远", "水质监测", ("water_quality_station",), None),
    ("muyunzhang", "沐云章", "供水管理部", ("supply_mgmt",), None),
    ("shenzhijie", "沈知节", "主任", ("cs_director",), None),
    ("fuchangfeng", "傅长风", "分管领导", ("company_leader_in_charge",), None),
    ("luchuanting", "陆川渟", "公司领导", ("company_leader",), None),
    ("liangyuanqiao", "梁远峤", "集团", ("group_approver",), None),
    ("xiangyuhuai", "项予怀", "公司办公室", ("company_office",), None),
    ("ningzhiyuan", "宁致远", "考核", ("qa_assessor",), None),
    ("xushuyan", "许书砚", "档案", ("archivist",), None),
    ("renyumo", "任予墨", "流程负责人", ("process_owner",), None),
    ("wenrenche", "闻人澈", "发布审批", ("process_approver",), None),
    ("wenrushuang", "温如霜", "审计", ("auditor",), None),
    ("qimingyuan", "祁明远", "管理员", ("admin",), None),
)


def demo_logins() -> list[tuple[str, str, str]]:
    """Login, name and role of the demo's persons."""
    return [(login, name, role) for login, name, role, _, _ in CAST]


def demo_cast(work: Work, password: str) -> list[Person]:
    """Add those of the demo's persons that are missing, all with one password.

    Raises Refused where the installation is no demo.
    """
    if not settings().demo:
        raise Refused(T("只有演示环境才能生成演示人员。"))
    seed_groups(work)
    db.session.flush()
    known = set(db.session.scalars(sa.select(Person.login)))
    return [
        add_person(
            work,
            login,
            name,
            password=password,
            groups=groups,
            region=region,
            branch=f"{region}供水分公司" if region else None,
        )
        for login, name, _, groups, region in CAST
        if login not in known
    ]
