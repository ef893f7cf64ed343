"""How reasons read: the words that tell, and the punctuation that Chinese is read with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from routing.catalogue import GAP
from routing.decision import Decision

HALF_WIDTH = re.compile(r"(?<!\d)[,:;()?!]|[,:;()?!](?!\d)")
FULL_WIDTH = dict(zip(",:;()?!", "，：；（）？！", strict=True))
"""Texts come with half-width signs from normalising; people read full-width ones."""


def telling(words: Sequence[str]) -> list[str]:
    """Without what another word says as well; a pair of words only where neither of them stands alone."""
    plain = [word for word in words if GAP not in word]
    pairs = [
        word for word in words if GAP in word and not any(half in one for half in word.split(GAP) for one in plain)
    ]
    return [word for word in plain if not any(word != other and word in other for other in plain)] + pairs


def punctuated(decision: Decision) -> Decision:
    """All that people read with Chinese punctuation; 8:30 and 1,200 stay."""
    candidates = (replace(one, reasons=tuple(map(_written, one.reasons))) for one in decision.candidates)
    reasons = tuple(map(_written, decision.reasons))
    return replace(
        decision,
        reasons=reasons,
        advice=_written(decision.advice),
        question=_written(decision.question),
        candidates=tuple(candidates),
    )


def _written(text: str) -> str:
    return HALF_WIDTH.sub(lambda sign: FULL_WIDTH[sign.group()], text)
