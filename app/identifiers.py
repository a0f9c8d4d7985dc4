"""Numbers and names of people, companies and meters: folding, checking, masking, amounts in words.

Pure: today comes in. A check gives back None when all is well, else a text that says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from app.texts import T, Text

# No row has a larger number.
BIGGEST = 2**63
CALIBRES = (15, 20, 25, 32, 40, 50, 65, 80, 100, 150, 200, 250, 300)
# GB/T 2260, and the codes of the residence permits of Hong Kong, Macao and Taiwan people.
PROVINCES = frozenset(
    str(code)
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55))
    for code in codes
) | {"61", "62", "63", "64", "65", "71", "81", "82", "83"}
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_WIDE = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: 0x20, 0xA0: 0x20}
_NAME_WIDE = _WIDE | {ord(c): ord(c) for c in "（），：；！？"}
_BRACKETS = str.maketrans("()", "（）")
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])


def fold(text: str) -> str:
    """Full-width letters, digits, signs and blanks to half width; ends stripped.

    Not NFKC, which would rewrite compatibility ideographs that stand in people's names.
    """
    return text.translate(_INVISIBLE).translate(_WIDE).strip()


def fold_name(text: str) -> str:
    """A person's or company's name in its one form: digits and letters half, brackets （）.

    Blanks between Chinese characters go, between Latin words one stays.
    """
    text = text.translate(_INVISIBLE).translate(_NAME_WIDE).translate(_BRACKETS)
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"(?<![!-~]) | (?![!-~])", "", text)


def fold_number(text: str) -> str:
    """A number in its one form: half width, upper case, no blanks."""
    return re.sub(r"\s+", "", fold(text)).upper()


def resident_id(text: str, today: date) -> Text | None:
    """Resident identity number (GB 11643), residence permits 81/82/83 included."""
    number = fold_number(text)
    if len(number) != 18:
        return T("身份证号应为 18 位，现为 {n} 位，请核对证件", n=len(number))
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return T("身份证号前 17 位应为数字，末位为数字或 X，请核对证件")
    return _id_parts(number, today) or _id_check(number)


def _id_parts(number: str, today: date) -> Text | None:
    if number[:2] not in PROVINCES:
        return T("身份证号开头两位不是省级地区代码，请核对证件")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return T("身份证号第 7 至 14 位不是真实的日期，请核对证件")
    if born > today:
        return T("身份证号里的出生日期晚于今天，请核对证件")
    if born.year < 1850:
        return T("身份证号里的出生年份过早，请核对证件")
    return None


def _id_check(number: str) -> Text | None:
    total = sum(w * int(d) for w, d in zip(_ID_WEIGHTS, number, strict=False))
    if _ID_CHECK[total % 11] == number[17]:
        return None
    return T("身份证号校验位不符，请逐位核对证件")


def uscc(text: str) -> tuple[Text | None, Text | None]:
    """Unified social credit code (GB 32100): (error, warning of the inner GB 11714 check)."""
    code = fold_number(text)
    if len(code) != 18:
        return T("统一社会信用代码应为 18 位，现为 {n} 位，请核对执照", n=len(code)), None
    if wrong := next((sign for sign in code if sign not in _USCC_SIGNS), None):
        return T("统一社会信用代码不含“{sign}”，请核对执照", sign=wrong), None
    if not code[2:8].isdigit():
        return T("统一社会信用代码第 3 至 8 位应为数字，请核对执照"), None
    if _uscc_sign(code) != code[17]:
        return T("统一社会信用代码校验位不符，请逐位核对执照"), None
    return None, _organisation(code[8:17])


def _uscc_sign(code: str) -> str:
    total = sum(w * _USCC_SIGNS.index(s) for w, s in zip(_USCC_WEIGHTS, code, strict=False))
    return _USCC_SIGNS[-total % 31]


def _organisation(code: str) -> Text | None:
    # GB 11714 counts letters A=10 … Z=35, with I, O, S, V, Z in place
    total = sum(w * int(sign, 36) for w, sign in zip(_ORG_WEIGHTS, code, strict=False))
    if "0123456789X0"[11 - total % 11] == code[8]:
        return None
    return T("统一社会信用代码中的组织机构代码校验位不符，请再核对一次执照")


def mobile(text: str) -> Text | None:
    """Mobile phone number of the mainland, 11 digits."""
    if re.fullmatch(r"1[3-9][0-9]{9}", fold_number(text)):
        return None
    return T("手机号应为 11 位数字，以 13 至 19 开头，请核对")


def landline(text: str) -> Text | None:
    """Landline number with its area code, and perhaps an extension."""
    if re.fullmatch(r"0[0-9]{2,3}-?[0-9]{7,8}(-[0-9]{1,6})?", fold_number(text)):
        return None
    return T("固定电话请带区号填写，如 0731-84123456")


def phone(text: str) -> Text | None:
    """A mobile or a landline number."""
    if mobile(text) is None or landline(text) is None:
        return None
    return T("请填写 11 位手机号，或带区号的固定电话，如 0731-84123456")


def calibre(value: int | str) -> Text | None:
    """Nominal diameter of a meter in mm, ``DN`` before it allowed."""
    number = fold_number(str(value)).removeprefix("DN")
    if number.isascii() and number.isdigit() and int(number) in CALIBRES:
        return None
    return T("口径应为 {all} 之一", all="、".join(f"DN{n}" for n in CALIBRES))


def meter_serial(text: str, *, remote: bool = False) -> Text | None:
    """Serial number on a meter's body; of a remote meter digits only."""
    serial = fold_number(text)
    if remote and not re.fullmatch(r"[0-9]{6,20}", serial):
        return T("远传表的表身号应为 6 至 20 位数字，请核对表盘")
    if not re.fullmatch(r"[0-9A-Z]{6,20}", serial):
        return T("表身号应为 6 至 20 位数字或字母，请核对表盘")
    return None


def luhn_digit(digits: str) -> str:
    """Check digit (Luhn, mod 10) that belongs behind the digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def make_account_no(sequence: int) -> str:
    """Account number of a sequence number: nine digits and the check digit."""
    if not 0 <= sequence < 10**9:
        raise ValueError("an account's sequence number has at most nine digits")
    digits = f"{sequence:09}"
    return digits + luhn_digit(digits)


def account_no(text: str) -> Text | None:
    """Account number: ten digits, the last the check digit."""
    number = fold_number(text)
    if not re.fullmatch(r"[0-9]{10}", number):
        return T("户号应为 10 位数字，请核对水费单")
    if luhn_digit(number[:9]) != number[9]:
        return T("户号校验位不符，请逐位核对水费单")
    return None


def mask_id(text: str) -> str:
    """4301**********0014: what others than the handling group see of an identity number."""
    return _masked(text, 4, 4)


def mask_phone(text: str) -> str:
    """199****0001; a landline keeps its area code and the last two digits."""
    if "-" in text:
        area, _, rest = text.partition("-")
        return f"{area}-{_masked(rest, 0, 2)}"
    return _masked(text, 3, 4)


def mask_name(text: str) -> str:
    """周禾清 → 周**, 言谷 → 言*; of a unit the first character and the kind of company stay."""
    if not text:
        return ""
    for kind in _UNIT_ENDS:
        if text.endswith(kind) and len(text) > len(kind) + 1:
            return text[0] + "*" * (len(text) - len(kind) - 1) + kind
    return text[0] + "*" * (len(text) - 1)


_UNIT_ENDS = (
    *("股份有限公司", "有限责任公司", "有限公司", "公司", "合作社", "事务所"),
    *("委员会", "幼儿园", "医院", "学校", "商店", "中心"),
)


def _masked(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def amount_words(fen: int) -> str:
    """An amount of fen as 人民币大写: 零元整, 壹拾元零伍分, 壹佰元伍角整.

    Raises ValueError beyond 16 digits of yuan; a negative amount begins with 负.
    """
    if fen < 0:
        return "负" + amount_words(-fen)
    yuan, small = divmod(fen, 100)
    if yuan >= 10**16:
        raise ValueError("the amount is too large to be written out")
    whole = f"{_whole(yuan)}元" if yuan or not small else ""
    return whole + _small(small, bool(yuan))


def _small(fen: int, after_yuan: bool) -> str:
    jiao, rest = divmod(fen, 10)
    if not fen:
        return "整"
    if not rest:
        return f"{_DIGITS[jiao]}角整"
    gap = "零" if after_yuan and not jiao else ""
    return (f"{_DIGITS[jiao]}角" if jiao else gap) + f"{_DIGITS[rest]}分"


def _whole(yuan: int) -> str:
    if not yuan:
        return "零"
    words = ""
    for place in range(3, -1, -1):
        group = yuan // 10 ** (4 * place) % 10**4
        if words and group and (group < 1000 or _ends_in_gap(yuan, place)):
            words += "零"
        if group:
            words += _group(group) + _unit(yuan, place)
    return words


def _ends_in_gap(yuan: int, place: int) -> bool:
    """Whether the group before was empty, so that a 零 stands in its place."""
    return bool(yuan // 10 ** (4 * place + 4) % 10**4 == 0)


def _unit(yuan: int, place: int) -> str:
    # 万亿 says 亿 once: 壹万亿 alone, but 壹万零贰亿 together
    if place == 3 and yuan // 10**8 % 10**4:
        return "万"
    return _GROUPS[place]


def _group(number: int) -> str:
    words, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + _PLACES[place]
        gap = not digit
    return words


CHECKS: dict[str, Callable[[str], Text | None]] = {
    "mobile": mobile,
    "landline": landline,
    "phone": phone,
    "calibre": calibre,
    "meter_serial": meter_serial,
    "account_no": account_no,
}
