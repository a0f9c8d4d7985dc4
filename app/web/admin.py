"""The administrator's page: people and what they may; no business is decided here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, render_template, url_for

from app import cases, people, settings
from app.errors import NotFound
from app.people import Person
from app.texts import T, Text
from app.web.deeds import Ask, Deed, answer, page
from app.web.door import door
from app.web.mine import appointed, deputy_deed
from app.web.rights import actor, may
from app.web.speech import language
from app.work import now

TABS = (
    ("web.staff", T("人员")),
    ("web.settings_page", T("参数")),
    ("web.branches_page", T("网点")),
    ("web.calendar_page", T("工作日历")),
    ("web.incidents_page", T("故障")),
    ("web.refused_page", T("被拒操作")),
)
Asked = dict[str, str]
RULE = "/admin/people/<login>/<any(groups, leads, password, deputy, token, active, unbind):way>"


@door.get("/admin")
@may("admin")
def staff() -> str:
    """Everybody."""
    return render_template("admin_people.html", tabs=TABS, persons=people.persons(), names=labels())


def labels() -> dict[str, str]:
    """Group as a person has it → what colleagues call it."""
    found = {}
    for group in people.groups():
        name = group.label_en if language() == "en" else group.label_zh
        found[group.key] = name
        if group.qualifier == "region":
            found |= {f"{group.key}:{r}": f"{name}（{r}）" for r in settings.regions()}
    return found


@door.get("/admin/people/<login>")
@may("admin")
def staff_member(login: str) -> str:
    """One person: groups, deputies, sessions, tokens."""
    who = people.person(login)
    return render_template(
        "admin_person.html", tabs=TABS, who=who, names=labels(), now=now(),
        deputies=people.deputations(who.id), sessions=people.sessions(who.id),
        tokens=people.tokens(who.id),
    )  # fmt: skip


@door.get("/admin/people/new")
@may("admin")
def new_person_page() -> str:
    """What is asked of a new person."""
    return page(_new_person())


@door.post("/admin/people/new")
@may("admin")
def new_person() -> Response:
    """Add a person."""
    return answer(_new_person(), _add)


def _new_person() -> Deed:
    regions = [("", T("总部（全部片区）")), *((r, r) for r in settings.regions())]
    return Deed(
        T("新增人员"), T("新增"), T("人员"), url_for("web.staff"),
        (
            Ask("login", T("登录名"), "line", most=60),
            Ask("name", T("姓名"), "line", most=60),
            Ask("region", T("片区"), "options", options=regions, chosen="", empty=True),
            Ask("branch", T("网点或分公司（选填）"), "line", most=60),
            Ask("password", T("初始密码"), "password", T("至少 12 个字符；首次登录须修改。"),
                most=200),
        ),
    )  # fmt: skip


def _add(given: Asked) -> tuple[Text, str]:
    new = people.add(
        given["login"], given["name"], password=given["password"],
        region=given["region"] or None, branch=given["branch"] or None, by=actor(),
    )  # fmt: skip
    return T("已新增 {name}，请选择岗位。", name=new.name), _home(new.login, "groups")


def _home(login: str, way: str | None = None) -> str:
    if way:
        return url_for("web.staff_way", login=login, way=way)
    return url_for("web.staff_member", login=login)


# --- one person -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """A deed on a person: what it asks, and how it is done."""

    drawn: Callable[[Person], Deed]
    act: Callable[[Person, Asked], Text]


@door.get(RULE)
@may("admin")
def staff_way(login: str, way: str) -> str:
    """What a deed on a person asks."""
    return page(WAYS[way].drawn(people.person(login)))


@door.post(RULE)
@may("admin")
def take_staff_way(login: str, way: str) -> Response:
    """Do it."""
    who = people.person(login)
    target = "" if way == "token" else _home(login)
    return answer(WAYS[way].drawn(who), lambda given: (WAYS[way].act(who, given), target))


def _deed(who: Person, title: Text, button: Text, *asks: Ask, hint: Text | None = None) -> Deed:
    return Deed(title, button, f"{who.name} {who.login}", _home(who.login), asks, hint)


def _groups_page(who: Person) -> Deed:
    names = labels()
    options = [(k, v) for k, v in names.items() if k not in _regional() or ":" in k]
    chosen = " ".join(sorted(who.group_names))
    known = {key for key, _ in options}
    options += [(name, name) for name in sorted(who.group_names - known)]
    ask = Ask("groups", T("岗位"), "checks", options=options, chosen=chosen)
    return _deed(
        who, T("选择岗位"), T("保存"), ask, hint=T("失去岗位后，手上该岗位的任务自动放回本组。")
    )


def _regional() -> set[str]:
    return {group.key for group in people.groups() if group.regional}


def _groups(who: Person, given: Asked) -> Text:
    cases.set_groups(who.login, given["groups"].split(), by=actor())
    return T("岗位已保存。")


def _leads_page(who: Person) -> Deed:
    names = labels()
    options = [(name, names.get(name, name)) for name in sorted(who.group_names)]
    chosen = " ".join(m.group_name for m in who.memberships if m.leader)
    ask = Ask("leads", T("任组长的岗位"), "checks", options=options, chosen=chosen)
    return _deed(who, T("设为组长"), T("保存"), ask, hint=T("组长可以转交本组任何人的任务。"))


def _leads(who: Person, given: Asked) -> Text:
    wanted = set(given["leads"].split())
    for one in list(who.memberships):
        if one.leader != (one.group_name in wanted):
            people.set_leader(who.login, one.group_name, one.group_name in wanted, by=actor())
    return T("组长已保存。")


def _password_page(who: Person) -> Deed:
    ask = Ask(
        "password", T("新密码"), "password", T("至少 12 个字符；本人登录后须修改。"), most=200
    )
    return _deed(who, T("重设密码"), T("重设"), ask)


def _password(who: Person, given: Asked) -> Text:
    people.reset_password(who.login, given["password"], by=actor())
    return T("密码已重设，其登录已全部结束。")


def _deputy_page(who: Person) -> Deed:
    others = [(one.login, one.name) for one in people.persons() if one.active and one.id != who.id]
    return deputy_deed(who.name, _home(who.login), others)


def _token_page(who: Person) -> Deed:
    scopes = (("read", T("只能查询")), ("all", T("查询和办理")))
    return _deed(
        who, T("签发令牌"), T("签发"),
        Ask("label", T("用途"), "line", most=60),
        Ask("scope", T("范围"), "options", options=scopes, chosen="read"),
        hint=T("令牌只显示这一次，90 天后失效。"),
    )  # fmt: skip


def _token(who: Person, given: Asked) -> Text:
    secret = people.issue_token(who.login, label=given["label"], scope=given["scope"], by=actor())
    return T("令牌（请立即抄存）：{secret}", secret=secret)


def _active_page(who: Person) -> Deed:
    if who.active:
        hint = T("停用后不能登录，令牌失效，手上的任务放回本组。")
        return _deed(who, T("停用"), T("确认停用"), Ask("sure", T("确认"), "hidden"), hint=hint)
    return _deed(
        who, T("恢复"), T("确认恢复"), Ask("sure", T("确认"), "hidden"), hint=T("恢复后可以登录。")
    )


def _active(who: Person, _given: Asked) -> Text:
    if who.id == actor().id:
        raise NotFound(T("不能停用自己。"))
    cases.set_active(who.login, not who.active, by=actor())
    return T("已保存。")


def _unbind_page(who: Person) -> Deed:
    if who.subject is None:
        return _deed(who, T("解除统一登录"), T("解除"), hint=T("此人还没有用统一登录进来过。"))
    hint = T("解除后，下一个以此登录名通过统一登录进来的人将重新绑定。")
    return _deed(who, T("解除统一登录"), T("确认解除"), Ask("sure", T("确认"), "hidden"), hint=hint)


def _unbind(who: Person, _given: Asked) -> Text:
    people.unbind(who.login, by=actor())
    return T("已解除统一登录。")


WAYS = {
    "unbind": Way(_unbind_page, _unbind),
    "groups": Way(_groups_page, _groups),
    "leads": Way(_leads_page, _leads),
    "password": Way(_password_page, _password),
    "deputy": Way(_deputy_page, lambda who, given: appointed(who.login, given)),
    "token": Way(_token_page, _token),
    "active": Way(_active_page, _active),
}


@door.post("/admin/people/<login>/tokens/<int:token_id>")
@may("admin")
def revoke_token(login: str, token_id: int) -> Response:
    """Stop a token."""
    deed = Deed(T("停用令牌"), T("停用"), login, _home(login), ())
    return answer(deed, lambda _: (_revoked(token_id), _home(login)))


def _revoked(token_id: int) -> Text:
    people.revoke_token(token_id, by=actor())
    return T("令牌已停用。")
