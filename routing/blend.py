"""Key phrases, examples and what was learned, weighed together: answers as Classifier does, with a Model or without.

A model knows the labels of its examples and no others, and asked about a theft it divides all belief among roads,
schools and wages. So a category that it never saw is weighed as the phrases alone say, and only among those that it
saw does it take part. Within a category the phrases choose the matter, and the model the more, the more examples of it
were there to learn from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import exp

from chinese import normalise
from routing.catalogue import DECISIVE, GAP, category_of
from routing.classifier import Classifier, Scored
from routing.decision import Matter
from routing.examples import Examples, Said
from routing.learned import Model, Reading

FAMILIAR = 40
"""With so many examples of a category's matters, model and phrases choose among them with equal weight."""

STRANGE = 200
"""A model that saw only a part u of the categories was hardly taught by this city, and other cities sort otherwise.
Its belief about a message of n telling words is raised to the power n / (n + 200 (1 - u)): the phrases, which were
written for this catalogue, decide on short messages, and the model on long letters. Measured on both."""

UNSAID = 0.01
"""Odds of a category of which no phrase occurs, against the one that the phrases speak for most."""

FAINT = 0.02
"""A matter less likely than this is not told."""

UNSPOKEN = 0.8
"""What belief is worth where no phrase of the catalogue occurs: it may be about what nothing here knows."""

LEAST_UNSPOKEN = 0.4
"""A category that only the examples speak for is told from so much belief on."""

BESIDE_PHRASES = 0.5
"""To what power the factors of the examples are taken: phrases were written for the catalogue, and read by people."""


class Blend:
    """Weighs messages by one catalogue and one model of it; read-only and safe to share."""

    def __init__(self, matters: Sequence[Matter], model: Model | None = None) -> None:
        """Index phrases and examples (about 0.5 s). Labels that the catalogue does not have are never answered."""
        self._phrases = Classifier(matters)
        self._sentences = _sentences(matters)
        self._model = model
        self._codes = {matter.code for matter in matters}
        examples = model.examples if model else {}
        self._seen = frozenset(map(category_of, examples)) & self._codes
        categories = {category_of(code) for code in self._codes}
        self._unseen = len(categories - self._seen) / max(1, len(categories))
        self._trust = {category: _trust(category, examples) for category in self._seen}

    def weigh(self, text: str, title: str = "", top: int = 5) -> list[Scored]:
        """The likeliest matters, best first, at most `top`, for texts that are normalised already.

        Empty where no phrase of the catalogue and nothing that was learned occurs.
        """
        if not self._model and not self._sentences:
            return self._phrases.weigh(text, title, top)
        spoken, points = self._phrases.believed(text, title)
        read = self._model.read(text, title) if self._model else None
        said = Said.of(f"{title}\n{text}" if title else text)
        learned = self._model.weigh(read) if self._model and read else {}
        shares = self._categories(spoken, learned, len(read.said) if read else 0, said)
        least = FAINT if spoken or (read and read.known) else LEAST_UNSPOKEN
        found = {
            code: confidence
            for category, share in shares.items()
            if share >= least
            for code, confidence in self._within(category, share, spoken, learned).items()
        }
        ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:top]
        words = self._words([code for code, _ in ranked], points, read)
        return [Scored(code, confidence, words[code]) for code, confidence in ranked]

    def _categories(
        self, spoken: Mapping[str, float], learned: Mapping[str, float], length: int, said: Said
    ) -> dict[str, float]:
        """Category → how surely it is the right one: odds by the phrases, times what the examples say, times what the
        model believes of a message of so many telling words.
        """
        odds, factors = _odds(spoken), self._sentences.factors(said)
        pooled = {
            category: (odds.get(category, 0.0) + UNSAID) * exp(BESIDE_PHRASES * factors.get(category, 0.0))
            for category in sorted(odds.keys() | factors.keys() | (self._seen if learned else set()))
        }
        if learned:
            weight = length / (length + STRANGE * self._unseen) if self._unseen else 1.0
            pooled = {
                category: share * learned.get(category, 0.0) ** weight if category in self._seen else share
                for category, share in pooled.items()
                if category in self._seen or category in odds
            }
        total = sum(pooled.values()) / (1.0 if spoken else UNSPOKEN)
        return {category: share / total for category, share in pooled.items()} if total else {}

    def _within(
        self, category: str, share: float, spoken: Mapping[str, float], learned: Mapping[str, float]
    ) -> dict[str, float]:
        """The category's matters: the best has the category's confidence, the others proportionally less."""
        by_phrases = _parts({code: sure for code, sure in spoken.items() if category_of(code) == category})
        inner = {code: part for code, part in learned.items() if category_of(code) == category != code}
        deepest = max(map(len, inner), default=0)
        by_model = _parts({code: part for code, part in inner.items() if len(code) == deepest and code in self._codes})
        trust = self._trust.get(category, 0.0) if by_model else 0.0
        if not by_phrases:
            by_phrases = {} if trust > 0.5 else {category: 1.0}
        belief = {
            code: (1 - trust) * by_phrases.get(code, 0.0) + trust * by_model.get(code, 0.0)
            for code in by_phrases.keys() | by_model.keys()
        }
        best = max(belief.values())
        return {code: share * part / best for code, part in belief.items() if part}

    def _words(
        self, codes: Sequence[str], points: Mapping[str, float], read: Reading | None
    ) -> dict[str, tuple[str, ...]]:
        """The phrases of each matter, then the words from which it was learned, where the model takes part."""
        seen = [code for code in codes if category_of(code) in self._seen]
        learned = dict(zip(seen, self._model.words(read, seen), strict=True)) if self._model and read and seen else {}
        return {
            code: tuple(dict.fromkeys((*self._phrases.words(code, points), *learned.get(code, ())))) for code in codes
        }


@lru_cache(maxsize=2)
def blend_of(matters: tuple[Matter, ...], model: Model | None) -> Blend:
    """The Blend of these, made once: routers that are made to try something mostly differ in other things."""
    return Blend(matters, model)


def _sentences(matters: Sequence[Matter]) -> Examples:
    """The matters' examples by category, with their phrases as so many short ones; empty where no matter has any.

    Only the category: among the matters of one category, a few sentences each told no more than the phrases do.
    """
    if not any(matter.examples for matter in matters):
        return Examples(())
    return Examples(
        (category_of(matter.code), normalise(said.removesuffix(DECISIVE).replace(GAP, ",")))
        for matter in matters
        for said in (*matter.examples, *matter.phrases)
    )


def _trust(category: str, examples: Mapping[str, int]) -> float:
    """How far the model chooses within a category."""
    deep = sum(count for label, count in examples.items() if category_of(label) == category != label)
    return deep / (deep + FAMILIAR)


def _parts(shares: Mapping[str, float]) -> dict[str, float]:
    whole = sum(shares.values())
    return {code: share / whole for code, share in shares.items()} if whole else {}


def _odds(spoken: Mapping[str, float]) -> dict[str, float]:
    """Category → its odds by the phrases against the best of them, which has 1.

    The classifier's confidence c stands for odds of c to 1 - c against the best other category.
    """
    sure: defaultdict[str, float] = defaultdict(float)
    for code, confidence in spoken.items():
        sure[category_of(code)] = max(sure[category_of(code)], min(confidence, 1 - 1e-6))
    best = max(sure, key=lambda category: sure[category], default="")
    return {category: 1.0 if category == best else share / (1 - share) for category, share in sure.items()}
