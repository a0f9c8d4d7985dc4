"""What all commands share: who gives them, in which language, and one sentence for what went wrong.

Exit codes: 0 good, 1 findings, 2 it could not be done (wrong use, no database, no such file).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, NoReturn

import click
import psycopg
from sqlalchemy.exc import OperationalError

from app.errors import Problem
from app.texts import T, Text
from app.work import SYSTEM

# Whoever has the shell has the installation: no person, all regions.
CLI = replace(SYSTEM, login="cli", name="命令行", channel="cli")

# What click says of a value, in English, and how it is said here.
VALUES: tuple[tuple[str, Text], ...] = (
    (r"(?:Path|File|Directory) '(?P<v>.+)' does not exist\.", T("没有 {v}")),
    (r"(?:File )?'(?P<v>.+)' is a directory\.", T("{v} 是目录，不是文件")),
    (r"'(?P<v>.+)': Is a directory", T("{v} 是目录，不是文件")),
    (r"Directory '(?P<v>.+)' is a file\.", T("{v} 是文件，不是目录")),
    (r"'(?P<v>.+)': No such file or directory", T("没有 {v}")),
    (r"(?:(?:Path|File|Directory) )?'(?P<v>.+?)'(?: is not readable\.|: Permission denied)",
        T("无权读取 {v}")),
    (r"'(?P<v>.+)' does not match the formats? .*", T("“{v}”不是日期，应写作 2026-03-02")),
    (r"'(?P<v>.+)' is not one of (?P<all>.+)\.", T("“{v}”不在可选的 {all} 之中")),
    (r"'(?P<v>.+)' is not a valid integer\.", T("“{v}”不是整数")),
)  # fmt: skip


class Wrong(click.ClickException):
    """One sentence on the error stream, and exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True, file=file)


def locale() -> str:
    """``en`` when the shell's locale says so, else ``zh``."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "en" if next(filter(None, names), "").startswith("en") else "zh"


def say(text: str) -> str:
    """A text in the shell's language."""
    return text.to(locale()) if isinstance(text, Text) else str(text)


def plainly(command: click.Command) -> None:
    """Make a command, and all commands in it, say in one sentence what went wrong."""
    if not hasattr(command.invoke, "__wrapped__"):
        command.make_context = _guarded(command.make_context)  # type: ignore[method-assign]
        command.invoke = _guarded(command.invoke)  # type: ignore[method-assign]


def _guarded(act: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(act)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return act(*args, **kwargs)
        except (Wrong, click.exceptions.NoArgsIsHelpError):
            raise
        except (click.UsageError, click.FileError) as error:
            _wrong(_with_help(error, _of_click(error)), error)
        except click.ClickException as error:
            click.echo(say(error.message), err=True)
            raise click.exceptions.Exit(error.exit_code) from error
        except Problem as error:
            _wrong(T("{text}", text="；".join(map(say, _texts(error)))), error)
        except (psycopg.OperationalError, OperationalError) as error:
            _wrong(_no_database(error), error)
        except OSError as error:
            name = error.filename or ""
            reason = error.strerror or str(error)
            _wrong(T("读写不了 {file}：{reason}", file=name, reason=reason), error)

    return guarded


def _wrong(text: Text, error: Exception) -> NoReturn:
    raise Wrong(say(text)) from error


def _texts(error: Problem) -> list[str]:
    return list(error.fields.values()) or [error.text]


def _no_database(error: Exception) -> Text:
    reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return T("数据库用不了：请检查 DATABASE_URL 和数据库是否已启动（{reason}）", reason=reason)


def _of_click(error: click.ClickException) -> Text:
    """What click says, in our words; in its own where we have none."""
    if isinstance(error.message, Text):
        return error.message
    if isinstance(error, click.MissingParameter):
        return T("缺少 {name}", name=_name(error))
    if isinstance(error, click.NoSuchOption):
        return T("没有选项 {name}", name=error.option_name)
    if isinstance(error, click.BadParameter):
        return T("{name}：{reason}", name=_name(error), reason=_value(error.message))
    unknown = re.match(r"No such command '(.+?)'", error.message)
    if unknown:
        return T("没有命令 {name}", name=unknown[1])
    return T("{text}", text=error.message)


def _name(error: click.BadParameter) -> str:
    return error.param.get_error_hint(error.ctx).replace("'", "") if error.param else ""


def _value(message: str) -> Text:
    for pattern, text in VALUES:
        found = re.fullmatch(pattern, message)
        if found:
            return T(text.template, **found.groupdict())
    return T("{text}", text=message)


def _with_help(error: click.ClickException, said: Text) -> Text:
    context = getattr(error, "ctx", None)
    if context is None:
        return said
    return T("{said}（写法见 {command} --help）", said=said, command=context.command_path)
