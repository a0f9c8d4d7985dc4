"""What the common built-in functions of FEEL take and give."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.check.kinds import ANY, BOOLEAN, CONTEXT, LIST, NUMBER, STRING, Type, list_of


@dataclass(frozen=True, slots=True)
class Function:
    """``takes``: parameters with the kinds they accept (empty: anything); ``gives``: the result.

    ``numbers``: it calculates with the items of a list, or with its arguments.
    """

    takes: tuple[tuple[str, frozenset[str]], ...]
    gives: Type
    numbers: bool = False
    least: int = 0


KINDS = {
    "s": frozenset(["string"]),
    "n": frozenset(["number"]),
    "b": frozenset(["boolean"]),
    "d": frozenset(["date", "date and time"]),
    "D": frozenset(["date", "date and time", "string"]),
    "*": frozenset(),
}
DATE, TEXTS = Type("date"), list_of(STRING)


def _table(rows: str, gives: Type, numbers: bool = False) -> dict[str, Function]:
    """Rows ``name(parameter:kind, …)``; a parameter with ``?`` may be left out."""
    found = {}
    for row in rows.strip().splitlines():
        name, _, inside = row.strip().rstrip(")").partition("(")
        takes, least = [], 0
        for part in filter(None, (p.strip() for p in inside.split(","))):
            parameter, _, kind = part.partition(":")
            least += not parameter.endswith("?")
            takes.append((parameter.rstrip("?"), KINDS[kind]))
        found[name] = Function(tuple(takes), gives, numbers, least)
    return found


FUNCTIONS: dict[str, Function] = {
    **_table("""
        substring(string:s, start position:n, length?:n)
        upper case(string:s)
        lower case(string:s)
        substring before(string:s, match:s)
        substring after(string:s, match:s)
        replace(input:s, pattern:s, replacement:s, flags?:s)
        string(from:*)
        string join(list:*, delimiter?:s)
        day of week(date:d)
        month of year(date:d)
    """, STRING),
    **_table("""
        contains(string:s, match:s)
        starts with(string:s, match:s)
        ends with(string:s, match:s)
        matches(input:s, pattern:s, flags?:s)
        not(negand:b)
        list contains(list:*, element:*)
        is working day(date:D)
        odd(number:n)
        even(number:n)
        all(list:*)
        any(list:*)
        is(value1:*, value2:*)
    """, BOOLEAN),
    **_table("""
        string length(string:s)
        number(from:*, grouping separator?:*, decimal separator?:*)
        count(list:*)
        abs(n:*)
        decimal(n:n, scale:n)
        floor(n:n, scale?:n)
        ceiling(n:n, scale?:n)
        round up(n:n, scale:n)
        round down(n:n, scale:n)
        round half up(n:*, scale:n)
        round half down(n:n, scale:n)
        modulo(dividend:n, divisor:n)
        sqrt(number:n)
        log(number:n)
        exp(number:n)
        day of year(date:d)
        week of year(date:d)
        working days between(from:D, to:D)
    """, NUMBER),
    **_table("sum(list:*)\nmean(list:*)\nproduct(list:*)\nmedian(list:*)\nstddev(list:*)",
             NUMBER, numbers=True),
    **_table("min(list:*)\nmax(list:*)\nget value(m:*, key:*)\nmode(list:*)", ANY),
    **_table("today()\nworking days after(date:D, n:n)", DATE),
    **_table("now()", Type("date and time")),
    **_table("years and months duration(from:d, to:d)", Type("years and months duration")),
    **_table("split(string:s, delimiter:s)", TEXTS),
    **_table("""
        append(list:*, item:*)
        concatenate(list:*)
        insert before(list:*, position:n, newItem:*)
        remove(list:*, position:n)
        reverse(list:*)
        index of(list:*, match:*)
        union(list:*)
        distinct values(list:*)
        flatten(list:*)
        sublist(list:*, start position:n, length?:n)
        sort(list:*, precedes?:*)
        get entries(m:*)
    """, LIST),
    **_table("context(entries:*)\ncontext put(context:*, key:*, value:*)\n"
             "context merge(contexts:*)", CONTEXT),
}  # fmt: skip
