import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import identifiers as ids

TODAY = date(2026, 3, 2)
PEOPLE = (
    "430199190001010014",
    "430199190002030121",
    "430199190105061238",
    "430199190208152044",
    "430199190311303357",
    "430199190501014468",
)
COMPANIES = (
    "91430199MA4Q00016T",
    "91430199MA4Q00024M",
    "91430199MA4Q00032G",
    "91430199MA4Q00040B",
    "12430199MB0A00018B",
)


def with_check(body: str) -> str:
    total = sum(int(d) * (2 ** (17 - n) % 11) for n, d in enumerate(body))
    return body + "10X98765432"[total % 11]


@pytest.mark.parametrize("number", PEOPLE)
def test_valid_identity_numbers(number: str) -> None:
    assert ids.resident_id(number, TODAY) is None


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000"])
def test_residence_permits_pass_by_the_same_rule(prefix: str) -> None:
    assert ids.resident_id(with_check(f"{prefix}19900101001"), TODAY) is None


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        ("430199190001010015", "校验位"),
        ("43019919000101001", "18 位"),
        ("43019919000101A014", "数字"),
        (with_check("99019919900101001"), "省级"),
        (with_check("43019919900230001"), "真实的日期"),
        (with_check("43019920260303001"), "晚于今天"),
    ],
)
def test_wrong_identity_numbers_say_what_to_do(number: str, hint: str) -> None:
    error = ids.resident_id(number, TODAY)
    assert error is not None
    assert hint in error
    assert "请" in error


def test_born_today_and_small_x_and_full_width_pass() -> None:
    assert ids.resident_id(with_check("43019920260302001"), TODAY) is None
    body = next(b for n in range(100, 200) if with_check(b := f"43019919900101{n}").endswith("X"))
    assert ids.resident_id(body + "x", TODAY) is None
    wide = "".join(chr(ord(c) + 0xFEE0) for c in PEOPLE[0])
    assert ids.resident_id(f" {wide}　", TODAY) is None


@given(st.sampled_from(PEOPLE), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number: str, at: int, by: int) -> None:
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    assert ids.resident_id(wrong, TODAY) is not None


@pytest.mark.parametrize("code", COMPANIES)
def test_valid_credit_codes(code: str) -> None:
    assert ids.uscc(code)[0] is None
    assert ids.uscc(code.lower())[0] is None


@pytest.mark.parametrize("code", ["91430199MA4Q00016X", "91430199MA4Q0001", "9143019IMA4Q00016T"])
def test_wrong_credit_codes(code: str) -> None:
    assert ids.uscc(code)[0] is not None


def test_inner_check_is_only_a_warning() -> None:
    body = "91430199MA4Q00017"
    code = next(body + s for s in ids._USCC_SIGNS if ids.uscc(body + s)[0] is None)
    error, warning = ids.uscc(code)
    assert error is None
    assert warning is not None


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("19900000001", True),
        ("１９９００００００01", True),
        ("12900000001", False),
        ("0731-84123456", True),
        ("073184123456-8001", True),
        ("84123456", False),
    ],
)
def test_phones(text: str, good: bool) -> None:
    assert (ids.phone(text) is None) is good


def test_calibre_and_serial() -> None:
    assert ids.calibre(15) is None
    assert ids.calibre("ＤＮ２０") is None
    assert ids.calibre(30) is not None
    assert ids.calibre("²") is not None
    assert ids.meter_serial("lj2024a001") is None
    assert ids.meter_serial("LJ2024A001", remote=True) is not None
    assert ids.meter_serial("12345") is not None


@given(st.integers(0, 10**9 - 1))
def test_account_numbers_carry_their_check_digit(sequence: int) -> None:
    number = ids.make_account_no(sequence)
    assert ids.account_no(number) is None
    assert ids.account_no(number[:9] + str((int(number[9]) + 1) % 10)) is not None


def test_account_number_known_by_heart() -> None:
    assert ids.luhn_digit("7992739871") == "3"


def test_folding_leaves_rare_characters_alone() -> None:
    assert ids.fold("　㛃𠮷ＡＢ１２（３）\u200b") == "㛃𠮷AB12(3)"
    assert ids.fold("塚\ufa10") == "塚\ufa10"


def test_names_in_one_form() -> None:
    assert ids.fold_name("星蔓食品(长沙)有限公司") == "星蔓食品（长沙）有限公司"
    assert ids.fold_name("１２３　号 店") == "123号店"
    assert ids.fold_name("Ann　 Lee") == "Ann Lee"


@given(st.text(alphabet="王𠮷㛃ＡA１1 　()（）", max_size=12))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert ids.fold(ids.fold(text)) == ids.fold(text)
    assert ids.fold_name(ids.fold_name(text)) == ids.fold_name(text)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("周禾清", "周**"),
        ("言谷", "言*"),
        ("𠮷田", "𠮷*"),
        ("星蔓食品有限公司", "星***有限公司"),
        ("", ""),
    ],
)
def test_masked_names(name: str, masked: str) -> None:
    assert ids.mask_name(name) == masked


def test_masked_numbers() -> None:
    assert ids.mask_id("430199190001010014") == "4301**********0014"
    assert ids.mask_phone("19900000001") == "199****0001"
    assert ids.mask_phone("0731-84123456") == "0731-******56"
    assert ids.mask_id("123") == "***"


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (1005, "壹拾元零伍分"),
        (168032, "壹仟陆佰捌拾元叁角贰分"),
        (600714, "陆仟零柒元壹角肆分"),
        (1640902, "壹万陆仟肆佰零玖元零贰分"),
        (10700053, "壹拾万柒仟元伍角叁分"),
        (1001000, "壹万零壹拾元整"),
        (10_000_000_500, "壹亿零伍元整"),
        (100_050_000_00, "壹亿零伍万元整"),
        (-12345, "负壹佰贰拾叁元肆角伍分"),
    ],
)
def test_amounts_in_words(fen: int, words: str) -> None:
    assert ids.amount_words(fen) == words


def read_words(words: str) -> int:
    """The amount that the words say, read in the opposite way to how they were written."""
    sign = -1 if words.startswith("负") else 1
    words = words.removeprefix("负").removesuffix("整")
    yuan, _, small = words.rpartition("元")
    fen = sum(
        "零壹贰叁肆伍陆柒捌玖".index(digit) * (10 if unit == "角" else 1)
        for digit, unit in re.findall(r"([壹贰叁肆伍陆柒捌玖])([角分])", small)
    )
    return sign * (read_whole(yuan) * 100 + fen)


def read_whole(words: str) -> int:
    for unit, value in (("亿", 10**8), ("万", 10**4)):
        head, found, tail = words.rpartition(unit)
        if found:
            return read_whole(head) * value + read_whole(tail)
    values = {"仟": 1000, "佰": 100, "拾": 10, "": 1}
    pairs = re.findall(r"([壹贰叁肆伍陆柒捌玖])([仟佰拾]?)", words)
    return sum("零壹贰叁肆伍陆柒捌玖".index(d) * values[u] for d, u in pairs)


@given(st.integers(-(10**17), 10**17))
def test_words_say_the_amount(fen: int) -> None:
    assert read_words(ids.amount_words(fen)) == fen
    assert "零零" not in ids.amount_words(fen)


def test_amount_too_large_to_write() -> None:
    with pytest.raises(ValueError, match="large"):
        ids.amount_words(10**18)
