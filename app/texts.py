"""Texts that people read: Chinese in the code, English from one catalogue.

The message id is the Chinese template itself, so a text reads in the code as it reads on screen.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.pofile import PoFileError, read_po

CATALOGUE = Path(__file__).parent / "translations" / "en.po"
# What authors write in drawings and forms is said by a catalogue beside the drawings.
AUTHORED = Path(__file__).parent.parent / "processes" / "en.po"


class Text(str):
    """A Chinese text, already formatted, that can be said in English too."""

    __slots__ = ("params", "template")

    template: str
    params: dict[str, object]

    def to(self, locale: str) -> str:
        """Say it in ``locale`` (``zh`` or ``en``); what has no translation stays Chinese."""
        if not locale.startswith("en"):
            return str(self)
        template = english().get(self.template, self.template)
        spoken = {k: v.to(locale) if isinstance(v, Text) else v for k, v in self.params.items()}
        return template.format(**spoken) if spoken else template

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore, (self.template, self.params))


def T(template: str, **params: object) -> Text:  # noqa: N802 - reads like a mark, not a call
    """Make a text from a Chinese template with ``{named}`` places."""
    text = Text(template.format(**params) if params else template)
    text.template = template
    text.params = params
    return text


def _restore(template: str, params: dict[str, object]) -> Text:
    return T(template, **params)


@cache
def english() -> dict[str, str]:
    """The English catalogue: Chinese template → English template."""
    return catalogue(CATALOGUE.read_bytes())


@cache
def beside() -> dict[str, str]:
    """The English of what authors write; a word may mean something else on our own pages."""
    found = catalogue(AUTHORED.read_bytes()) if AUTHORED.exists() else {}
    return {**english(), **found}


def catalogue(content: bytes) -> dict[str, str]:
    """Chinese → English of a ``.po`` file. Raises ValueError."""
    try:
        found = read_po(BytesIO(content), locale="en", abort_invalid=True)
    except PoFileError as error:
        raise ValueError(str(error)) from error
    return {str(m.id): str(m.string) for m in found if m.id and m.string}


def authored(name: str) -> Text:
    """What an author wrote, such as the name of a step, as a text that can be said in English."""
    text = _Authored(name)
    text.template, text.params = name, {}
    return text


class _Authored(Text):
    __slots__ = ()

    def to(self, locale: str) -> str:
        return beside().get(self.template, str(self)) if locale.startswith("en") else str(self)

    def __reduce__(self) -> tuple[object, ...]:
        return authored, (self.template,)
