"""The catalogue of groups: key, Chinese, English, what tells its members apart."""

from __future__ import annotations

GROUPS: tuple[tuple[str, str, str, str | None], ...] = (
    ("window_clerk", "窗口受理员", "Window clerk", None),
    ("hotline_agent", "热线接线员", "Hotline agent", None),
    ("dispatch_desk", "派单调度", "Dispatch desk", None),
    ("dept_liaison", "部门联络员", "Department liaison", "department"),
    ("branch_dispatcher", "供水分公司调度", "Branch dispatcher", "region"),
    ("branch_repair", "分公司维修", "Branch repair crew", "region"),
    ("repair_unit", "管道维修工程处", "Pipe repair unit", None),
    ("leak_team", "测漏小组", "Leak detection team", None),
    ("meter_reader", "抄表员", "Meter reader", "region"),
    ("water_quality_station", "水质监测站", "Water quality station", None),
    ("enforcement_team", "供水稽查", "Enforcement team", None),
    ("supply_mgmt", "供水管理部", "Supply management", None),
    ("surveyor_designer", "查勘设计", "Survey and design", None),
    ("installer", "安装队", "Installer", None),
    ("acceptance_engineer", "验收员", "Acceptance engineer", None),
    ("cashier", "收费员", "Cashier", None),
    ("invoice_clerk", "票据员", "Invoice clerk", None),
    ("contract_clerk", "合同员", "Contract clerk", None),
    ("meter_storekeeper", "水表库管员", "Meter storekeeper", None),
    ("metering", "计量部门", "Metering", None),
    ("sales", "营销部门", "Sales", None),
    ("data_entry", "数据录入员", "Data entry", None),
    ("archivist", "档案员", "Archivist", None),
    ("collector", "催费员", "Collector", None),
    ("cs_director", "客服中心主任", "Customer service director", None),
    ("finance", "财务部门", "Finance", None),
    ("company_leader_in_charge", "分管领导", "Leader in charge", None),
    ("company_leader", "公司主要领导", "Company leader", None),
    ("group_approver", "集团审批", "Group approver", None),
    ("company_office", "公司办公室", "Company office", None),
    ("qa_assessor", "考核督导", "Quality assessor", None),
    ("auditor", "审计员", "Auditor", None),
    ("process_owner", "流程负责人", "Process owner", "process"),
    ("process_approver", "流程发布审批", "Publication approver", None),
    ("admin", "系统管理员", "Administrator", None),
)


def group_names() -> frozenset[str]:
    """The groups that drawings may hand work to."""
    return frozenset(name for name, *_ in GROUPS)
