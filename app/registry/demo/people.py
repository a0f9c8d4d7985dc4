"""Invented persons, units and streets. Identity numbers of a county that does not exist, phones
of a range that is nobody's."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from app import identifiers

REGIONS = ("城东", "城南", "城西", "城北", "开发区")
SURNAMES = "周段言向姜江贺苏顾秦乔程柳温蒋卫沐傅陆梁项宁许任闻祁白何阮林夏简洛庄"
GIVEN = "禾清晚舟予安若谷栖和见微知返北辰照野南砚青川望舒木山秋衡书言微宁声雨松月朗"
STREETS = ("桐荫路", "听松巷", "云汀街", "禾塘路", "映水街", "竹影里", "半夏路", "长汀道")
TRADES = ("食品", "印染", "机械", "物业", "餐饮", "教育", "洗涤", "建材")
BIRTH = date(1950, 1, 1)
AN_AGE_AGO = date(2020, 1, 1)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def name(rng: Random) -> str:
    """An invented name of two or three characters."""
    return rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2, 2))))


def unit(rng: Random, n: int) -> str:
    """An invented company, every second one with the province in brackets."""
    place = "（湖南）" if n % 2 else ""
    return f"{''.join(rng.sample(GIVEN, 2))}{rng.choice(TRADES)}{place}有限公司"


def id_no(n: int) -> str:
    """The n-th valid identity number of the county 430199, which does not exist."""
    born = BIRTH + timedelta(days=n % 18_000)
    digits = f"430199{born:%Y%m%d}{500 + n // 18_000:03}"
    return next(
        digits + sign
        for sign in "0123456789X"
        if identifiers.resident_id(digits + sign, AN_AGE_AGO) is None
    )


def uscc(n: int) -> str:
    """The n-th valid credit code of that county; both check characters hold."""
    # Past 99,999 another letter, so that there are enough for a city.
    head = f"91430199M{'ABCDEFGHJK'[n // 100_000]}5{n % 100_000:05}"
    codes = (
        f"{head}{inner}{last}"
        for inner in "0123456789X"
        for last in "0123456789ABCDEFGHJKLMNPQRTUWXY"
    )
    return next(code for code in codes if identifiers.uscc(code) == (None, None))


def phone(n: int) -> str:
    """A phone of the range 1990000xxxx."""
    return f"1990000{n % 10_000:04}"


def address(rng: Random, region: str, n: int) -> str:
    """An address of its own for each n; some with digits as wide as a character."""
    district = region if region.endswith("区") else f"{region}区"
    text = (
        f"{district}{rng.choice(STREETS)}{13 + n // 40}号{1 + n % 4}单元{1 + n // 4 % 10}"
        f"{1 + n % 2:02}"
    )
    return text.translate(WIDE) if n % 40 == 7 else text
