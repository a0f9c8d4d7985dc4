"""What is drawn of a form: plain values, made by ``forms.drawing``, used by the page's macros."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from app.forms.model import LONGEST
from app.texts import T, Text


@dataclass(frozen=True)
class Choice:
    """One option as drawn."""

    id: str
    value: str
    label: str
    hint: str
    chosen: bool


@dataclass(frozen=True)
class Drawn:
    """One thing on the page. ``kind`` is the component's type; what does not apply is empty."""

    kind: str
    id: str
    name: str
    label: str
    hint: Markup = field(default_factory=Markup)
    phrase: str = ""
    error: str = ""
    value: str = ""
    files: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    required: bool = False
    locked: bool = False
    redraw: bool = False
    prefix: str = ""
    suffix: str = ""
    short: bool = False
    inputmode: str = ""
    autocomplete: str = "off"
    maxlength: int = LONGEST
    subtype: str = ""
    lookup: str = ""
    scan: bool = False
    accept: str = ""
    multiple: bool = False
    # A photo as it was taken: never made smaller on its way.
    original: bool = False
    personal: bool = False
    # Shown masked, and not to be changed before it is shown whole.
    masked: bool = False
    html: Markup = field(default_factory=Markup)
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    children: tuple[Drawn, ...] = ()
    rows: tuple[tuple[Drawn, ...], ...] = ()
    may_change_rows: bool = False

    @property
    def described(self) -> str:
        """Ids of hint, phrase and error, for aria-describedby."""
        parts = (("hint", self.hint), ("phrase", self.phrase), ("error", self.error))
        return " ".join(f"{self.id}-{name}" for name, there in parts if there)


@dataclass(frozen=True)
class Wrong:
    """A line of the summary of errors; ``id`` is where its link leads."""

    id: str
    label: str
    text: str


@dataclass(frozen=True)
class View:
    """A form to draw."""

    key: str
    items: tuple[Drawn, ...]
    errors: tuple[Wrong, ...]
    reactive: bool
    fields: tuple[Drawn, ...] = field(default=(), repr=False)

    @property
    def masked(self) -> bool:
        """Whether something personal is masked."""
        return any(item.masked for item in self.fields)

    @property
    def live(self) -> bool:
        """Whether the page asks again after an answer: for conditions and for rows."""
        return self.reactive or any(item.kind == "dynamiclist" for item in self.fields)


# The words of the macros, said here so that the catalogue finds them.
WORDS: tuple[Text, ...] = (T("添加一行"), T("删除此行"), T("选择文件"), T("拍照"))
