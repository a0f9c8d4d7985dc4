"""What this engine does with each element and attribute of BPMN 2.0.2: the one table.

``check`` decides by it what is refused, and ``docs/bpmn.md`` is written from it. A line of
``TABLE`` is ``names | verdict | note``; a name is an element, ``element@attribute``,
``element@attribute=value`` or ``element/child``; a family (``activity``) stands for its members.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from app.engine.support_table import EVENTS, TABLE
from app.engine.triggers import KINDS as KINDS
from app.texts import T, Text

Verdict = Literal["runs", "rewritten", "documentation", "refused"]

TASKS = ("task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask",
    "sendTask", "receiveTask")  # fmt: skip
SUB_PROCESSES = ("subProcess", "transaction", "adHocSubProcess")
ACTIVITIES = (*TASKS, "callActivity", *SUB_PROCESSES)
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway",
    "eventBasedGateway")  # fmt: skip
CATCHING = ("startEvent", "intermediateCatchEvent", "boundaryEvent")
THROWING = ("intermediateThrowEvent", "endEvent")
NODES = (*ACTIVITIES, *GATEWAYS, *CATCHING, *THROWING)
ROLES = ("resourceRole", "performer", "humanPerformer", "potentialOwner")
GLOBALS = ("globalTask", "globalUserTask", "globalManualTask", "globalScriptTask",
    "globalBusinessRuleTask")  # fmt: skip
FAMILIES = {
    "callableElement": ("process", *GLOBALS),
    "flowElement": (*NODES, "sequenceFlow", "dataObject", "dataObjectReference",
        "dataStoreReference"),
    "formalExpression": ("formalExpression", "conditionExpression"),
    "resourceRole": ROLES,
    "activity": ACTIVITIES,
    "gateway": GATEWAYS,
    "catchEvent": CATCHING,
    "throwEvent": THROWING,
    "flowNode": NODES,
    "dataAssociation": ("dataInputAssociation", "dataOutputAssociation"),
    "choreographyActivity": ("choreographyTask", "subChoreography", "callChoreography"),
    "conversationNode": ("conversation", "subConversation", "callConversation"),
}  # fmt: skip
# Heads of families in the schema: never written in a drawing themselves.
ABSTRACT = frozenset(["activity", "artifact", "baseElement", "baseElementWithMixedContent",
    "callableElement", "catchEvent", "choreographyActivity", "conversationNode",
    "dataAssociation", "event", "eventDefinition", "expression", "flowElement", "flowNode",
    "gateway", "loopCharacteristics", "rootElement", "throwEvent"])  # fmt: skip
KIND_NAMES: dict[str, Text] = {
    "none": T("无定义"),
    "message": T("消息"),
    "timer": T("定时"),
    "signal": T("信号"),
    "error": T("错误"),
    "escalation": T("升级"),
    "conditional": T("条件"),
    "link": T("链接"),
    "compensation": T("补偿"),
    "cancel": T("取消"),
    "terminate": T("终止"),
    "multiple": T("多重"),
    "parallel multiple": T("并行多重"),
}
# Parts of a node: a finding on them is told of the node.
INNER = frozenset([*KINDS, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics",
    "extensionElements", "incoming", "outgoing", "conditionExpression"])  # fmt: skip
# What a multiple event may be made of, in any place where it is allowed.
PARTS = {
    "catching": frozenset(["message", "timer", "signal", "error", "escalation", "conditional"]),
    "throwing": frozenset(["message", "signal", "escalation", "compensation"]),
}
PLACES: dict[str, Text] = {
    "start": T("流程的开始事件"),
    "inner start": T("子流程的开始事件"),
    "event start": T("事件子流程的开始事件（中断）"),
    "event start beside": T("事件子流程的开始事件（不中断）"),
    "catch": T("中间捕获事件"),
    "boundary": T("边界事件（中断）"),
    "boundary beside": T("边界事件（不中断）"),
    "throw": T("中间抛出事件"),
    "end": T("结束事件"),
}
BECAUSE: dict[str, Text] = {
    "choreography": T("编排图只写各方的往来，不能执行；请画成流程，或把它移到另一个文件"),
    "conversation": T("对话图不能执行；请画成流程，或把它移到另一个文件"),
    "script": T("不执行程序脚本；请删去 script 和 scriptFormat，改用 zeebe:script 的 FEEL 表达式"),
    "illegal": T("标准不允许在这个位置使用这种事件；请换一种事件，或换一个位置"),
    "partial": T("并行多重的流程开始不支持：先到的事件无处可记；请改用 instantiate 的并行事件网关"),
    "implicit": T("隐式抛出事件只能写在 complexBehaviorDefinition 的 event 里，请改用抛出事件"),
    "immediate": T("可执行流程的连线不能写 isImmediate=“false”，请删去"),
    "public": T("公共流程（processType=“Public”）不能同时是可执行流程，请改为 Private 或 None"),
    "data_loop": T("多实例的数据请用 zeebe:loopCharacteristics 的输入集合和输出集合来写"),
    "method": T("事务只支持补偿方式，请把 method 改为 ##Compensate 或删去"),
    "import": T("不读取 import 引用的文件；请删去，并把要用到的文件一起交给检查"),
    "understand": T("必须理解的扩展（mustUnderstand）不支持，请删去"),
    "listener": T("不执行监听器；要做的事请画成服务任务"),
    "priority": T("不按优先级办理；请删去，改用办理期限"),
    "person": T("不按个人分派；请改写成办理组（candidateGroups）"),
    "extension": T("不认识的 zeebe 扩展，其中的做法不会执行；请删去"),
    "foreign": T("别的引擎的扩展，其中的做法不会执行；请删去，或改写成 zeebe 扩展"),
    "no_activation": T("汇聚的复杂网关要写 activationCondition（例如 = activationCount >= 2）"),
    "no_cancel_boundary": T("事务里有取消结束事件，事务上就要画取消边界事件"),
    "endless": T("循环要写条件（loopCondition）或最多次数（loopMaximum），两样都没有就停不下来"),
    "two_counts": T("多实例只能按集合或按次数（loopCardinality）中的一种展开，请删去一种"),
    "parallel_gateway": T("并行的事件网关只能用来开始流程，请写 instantiate=“true”"),
    "out_of_reach": T("补偿的 activityRef 要指向同一层的活动（在事件子流程里也可以是外面一层的）"),
    "language": T("表达式只能用 FEEL；请删去 language，并以“=”开头重写"),
}
# Refused not for what it is but for how it stands: (name, reason).
LIMITS = (
    ("complexGateway: converging without activationCondition", "no_activation"),
    ("transaction: cancel end event without cancel boundary event", "no_cancel_boundary"),
    ("standardLoopCharacteristics: neither condition nor maximum", "endless"),
    ("multiInstanceLoopCharacteristics: collection and cardinality", "two_counts"),
    ("eventBasedGateway: Parallel without instantiate", "parallel_gateway"),
    ("compensateEventDefinition: activityRef out of reach", "out_of_reach"),
    ("formalExpression: a language other than FEEL", "language"),
    ("extension elements of Camunda 7, Activiti, Flowable", "foreign"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """``note`` is for the reader of the docs; ``because`` for the author of a refused drawing."""

    name: str
    verdict: Verdict
    note: str
    because: str = ""
    told: bool = False  # that it does nothing is worth a warning

    @property
    def reason(self) -> Text:
        return BECAUSE[self.because]


def _row(name: str, verdict: str, note: str) -> Row:
    word, _, because = (part.strip() for part in verdict.partition(":"))
    if word.rstrip("!") not in ("runs", "rewritten", "documentation", "refused"):
        raise ValueError(f"{name}: {verdict}")
    if (word == "refused") != (because in BECAUSE):
        raise ValueError(f"{name}: {because}")
    return Row(name, word.rstrip("!"), note, because, told=word.endswith("!"))  # type: ignore[arg-type]


def _lines() -> Iterator[tuple[list[str], str, str]]:
    for line in TABLE.replace("\n  ", " ").strip().splitlines():
        if not line.startswith("#"):
            names, verdict, note = (part.strip() for part in line.split("|"))
            yield names.split(), verdict, note


ROWS = tuple(_row(name, verdict, note) for names, verdict, note in _lines() for name in names)


def _expanded(rows: Iterable[Row]) -> Iterator[tuple[str, Row]]:
    for row in rows:
        for mark in "@/":
            family, found, rest = row.name.partition(mark)
            if found and family in FAMILIES:
                yield from ((f"{tag}{mark}{rest}", row) for tag in FAMILIES[family])
                break
        else:
            yield row.name, row


BY_NAME = dict(_expanded(ROWS))


def _event_rows() -> Iterator[tuple[tuple[str, str], Row]]:
    kinds = ["none", *KINDS.values(), "multiple", "parallel multiple"]
    for place, (runs, others) in EVENTS.items():
        for kind in kinds:
            name = f"{place}: {kind}"
            if kind in runs:
                yield (place, kind), Row(name, "runs", runs[kind])
            else:
                because = others.get(kind, "illegal")
                yield (place, kind), Row(name, "refused", "", because)


EVENT_ROWS = dict(_event_rows())


def row(name: str) -> Row | None:
    """The row of an element, ``element@attribute``, ``element@attribute=value`` or
    ``element/child``; None for what the table does not know."""
    return BY_NAME.get(name)


def kind(definitions: list[str], parallel: bool) -> str:
    """Of an event with these definitions (tags)."""
    if len(definitions) < 2:
        return KINDS[definitions[0]] if definitions else "none"
    return "parallel multiple" if parallel else "multiple"


def event(place: str, kind: str) -> Row:
    """The row of an event; ``place`` is one of PLACES."""
    return EVENT_ROWS[place, kind]


def all_rows() -> list[Row]:
    """Every row of the table: elements and attributes, events by place, limits."""
    limits = [Row(name, "refused", "", because) for name, because in LIMITS]
    return [*(r for r in ROWS if r.name not in ABSTRACT), *EVENT_ROWS.values(), *limits]
