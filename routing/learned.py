"""A classifier that learned from labelled messages: what is kept of it, and what it says of a message.

Numpy alone on the way of a message; how it is made stands in routing.learning.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """What was learned. `labels` are the codes it was trained on, in order. Read-only, safe to share."""

    labels: tuple[str, ...]

    def probabilities(self, text: str, title: str = "") -> dict[str, float]:
        """Code → how surely the message belongs under it, calibrated: each label and each node above one.

        A node holds the sum of what lies below it, so labels of any one level sum to 1.
        """
        raise NotImplementedError

    def explain(self, text: str, title: str, code: str) -> tuple[str, ...]:
        """The words of the message that spoke most for this code, strongest first, at most eight."""
        raise NotImplementedError

    def dumps(self) -> bytes:
        """The model as bytes: the same model gives the same bytes."""
        raise NotImplementedError

    @classmethod
    def loads(cls, content: bytes) -> Model:
        """The model out of its bytes; ValueError with a sentence where they are none of ours or damaged."""
        raise NotImplementedError
