"""Errors of the rooms. They know no HTTP: each door maps class to status in one table.

The docstring of a class is its default message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from app.texts import T


class Problem(Exception):
    """出错了，请稍后再试。"""

    # Whether a command that ends so is put on record, as an attempt.
    on_record: ClassVar[bool] = False

    def __init__(
        self,
        text: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        **details: object,
    ) -> None:
        self.text = text if text is not None else T((type(self).__doc__ or "").strip())
        self.fields = dict(fields or {})
        self.details = details
        super().__init__(self.text)


class NotFound(Problem):
    """没有找到，请核对编号。"""


class NotSignedIn(Problem):
    """请先登录。"""


class NotAllowed(Problem):
    """您没有办理此事的权限，请联系班组长。"""

    on_record = True


class ReasonNeeded(Problem):
    """查看完整信息前，请先说明理由。"""


class Conflict(Problem):
    """此项已被他人先行办理，请刷新后再看。"""

    on_record = True


class Invalid(Problem):
    """填写有误，请按提示修改。"""


class Refused(Problem):
    """按规定不能办理。"""

    on_record = True


class TooMany(Problem):
    """尝试次数过多，请稍后再试。"""


class Unreachable(Problem):
    """外部系统暂时连接不上，稍后会自动重试。"""


# After so many seconds it is worth while to ask a service again that did not serve.
RETRY_SECONDS = 2


class Unavailable(Problem):
    """数据库暂时连接不上，此次没有办理，请稍后再试。"""


class Full(Unavailable):
    """数据库的存储空间已满，此次没有办理，请联系管理员。"""


class Busy(Unavailable):
    """此项正在被他人办理，等候过久，此次没有办理，请稍后再试。"""


class Unsure(Unavailable):
    """保存时与数据库断开，不能确定是否已经办成，请刷新核对后再办。"""


class Untraced(Problem):
    """有数据改动却没有留下履历，已全部撤销。"""
