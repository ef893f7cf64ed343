"""A Chinese font for pictures and documents: found, or said plainly which package brings one; never empty boxes.

A city's own fonts lie in the folder `fonts` of HOTLINE_BULLETIN_FOLDER; then come the fonts of the system.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import typst

from hotline.errors import Refused
from hotline.settings import settings

SANS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Droid Sans Fallback",
)
SERIF = (
    "FZFangSong-Z02",
    "FangSong_GB2312",
    "FangSong",
    "STFangsong",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "SimSun",
)
"""Families for tables and pictures, and for running text as official papers have it; the first that is there."""


class NoChineseFont(Refused):
    """No font here has Chinese characters."""

    code = "no_chinese_font"

    def __init__(self) -> None:
        super().__init__(
            "这台机器上没有中文字体，画不出图，也出不了 PDF、Word 和 Excel。请运维人员安装 fonts-noto-cjk"
            "（apt-get install fonts-noto-cjk），或把字体文件放进通报文件夹的 fonts 目录，再重新启动。"
            "网页上的数字不受影响。",
            "no Chinese font is installed: install the package fonts-noto-cjk, or put a font into the folder fonts of"
            " HOTLINE_BULLETIN_FOLDER, and start again",
        )


def folder() -> Path | None:
    """The city's own fonts, where it has given a folder with some."""
    own = settings().bulletin_folder
    found = own / "fonts" if own else None
    return found if found and found.is_dir() else None


def families() -> tuple[str, str]:
    """The families that are used here: (for tables and pictures, for running text). Raises NoChineseFont."""
    there = _there(folder())
    plain = next((each for each in SANS if each in there), None)
    text = next((each for each in SERIF if each in there), plain)
    if text is None:
        raise NoChineseFont
    return plain or text, text


def paths() -> list[str]:
    """The folders to look in beside the system's."""
    own = folder()
    return [str(own)] if own else []


@cache
def _there(own: Path | None) -> frozenset[str]:
    """Every family that is installed; asked once, since a list of fonts is read from the disk."""
    return frozenset(typst.Fonts(include_embedded_fonts=False, font_paths=[str(own)] if own else []).families())
