"""The space of words in which messages are compared: all vectors as one sparse matrix, and which pairs are near.

A word that one message alone has joins nothing, but counts in that message's length: who says much else is less like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotline.topics.reading import AREA, SPOT, TROUBLE, WORD, unpacked

NEAR = 0.10
"""Pairs less alike than this are not looked at."""

NEIGHBOURS = 20
"""So many of the nearest are looked at for each message."""

MOST_SHARED = 300
COMMON = 0.01
"""A word that more messages have than MOST_SHARED, and than this share of all, finds no pairs; it still counts in
those that others find."""

ROWS = 500
"""Rows of the product that are worked out at a time: it bounds the memory."""

BACKGROUND = 1000
"""How rare a word is, is reckoned as if there were so many messages at least: in a small house, or where nearly all
speak of one thing, its words are not common for that."""

MATTER = 2.0
"""What the matter of the catalogue weighs, as a word that says what is wrong."""

Vector = dict[int, float]
Arrays = tuple[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Space:
    """Messages as vectors of length 1, `all` of their words and `troubles` alone (CSR, a column for each word that two
    messages have or more); `finding` has the columns by which pairs are found. Areas and spots by index, as words.
    """

    words: Any
    troubles: Any
    finding: Any
    areas: dict[int, frozenset[int]]
    spots: dict[int, frozenset[int]]

    def vectors(self, index: int) -> tuple[Vector, Vector]:
        """All words of a message with their weights, and its troubles."""
        return _row(self.words, index), _row(self.troubles, index)


def _row(matrix: Any, index: int) -> Vector:
    span = slice(matrix.indptr[index], matrix.indptr[index + 1])
    return dict(zip(matrix.indices[span].tolist(), matrix.data[span].tolist(), strict=True))


def space_of(messages: Sequence[tuple[bytes, str]]) -> Space:
    """The space of messages, each its packed features and the code of its matter ('' for none)."""
    rows, words, weights, kinds = _cells(messages)
    counted = (kinds == WORD) | (kinds == TROUBLE)
    known, place, count = np.unique(words[counted], return_inverse=True, return_counts=True)
    weights = weights[counted] * np.log((max(len(messages), BACKGROUND) + 1) / count)[place]
    own, troubled = rows[counted], kinds[counted] == TROUBLE
    shared, most = count >= 2, max(MOST_SHARED, COMMON * len(messages))
    weights_of_all = _of_length_one(own, weights, len(messages))
    in_all = _matrix((own, place, weights_of_all), shared[place], (len(messages), len(known)))
    in_trouble = _matrix(
        (own, place, _of_length_one(own, weights * troubled, len(messages))),
        shared[place] & troubled,
        (len(messages), len(known)),
    )
    finding = _matrix((own, place, weights_of_all), shared[place] & (count <= most)[place], (len(messages), len(known)))
    areas, spots = (_named(rows, words, kinds == kind, known) for kind in (AREA, SPOT))
    return Space(in_all, in_trouble, finding, areas, spots)


def _cells(messages: Sequence[tuple[bytes, str]]) -> tuple[Any, Any, Any, Any]:
    """(row, word, weight, kind) of every feature of every message, and of its matter."""
    read = [unpacked(kept) for kept, _ in messages]
    rows = np.repeat(np.arange(len(read)), [len(words) for words, _, _ in read])
    told = [(index, _matter_word(code)) for index, (_, code) in enumerate(messages) if code]
    more_rows, more_words = (np.array([each[i] for each in told], np.int64) for i in (0, 1))
    return (
        np.concatenate([rows, more_rows]),
        np.concatenate([*(words for words, _, _ in read), more_words]),
        np.concatenate([*(weights for _, weights, _ in read), np.full(len(told), MATTER)]).astype(np.float64),
        np.concatenate([*(kinds for _, _, kinds in read), np.full(len(told), TROUBLE, np.int8)]),
    )


def _matter_word(code: str) -> int:
    """A number that no hash of a word is: those have 62 bits."""
    return 1 << 62 | int.from_bytes(code.encode()[-7:], "big")


def _of_length_one(rows: Any, weights: Any, count: int) -> Any:
    lengths = np.sqrt(np.bincount(rows, weights**2, count))
    return weights / np.where(lengths > 0, lengths, 1.0)[rows]


def _matrix(cells: Arrays, kept: Any, shape: tuple[int, int]) -> Any:
    from scipy.sparse import csr_matrix

    rows, places, weights = (each[kept] for each in cells)
    return csr_matrix((weights, (rows, places)), shape=shape)


def _named(rows: Any, words: Any, kept: Any, known: Any) -> dict[int, frozenset[int]]:
    """By message the words of one kind, as columns where they are words of the space too."""
    found: dict[int, set[int]] = {}
    places = np.searchsorted(known, words[kept])
    for row, word, place in zip(rows[kept].tolist(), words[kept].tolist(), places.tolist(), strict=True):
        column = place if place < len(known) and known[place] == word else -1 - word
        found.setdefault(row, set()).add(column)
    return {row: frozenset(each) for row, each in found.items()}


def pairs_of(space: Space) -> Arrays:
    """(row, column, cosine) of the pairs to look at, row < column, each once."""
    matrix = space.finding
    count, turned = matrix.shape[0], matrix.T.tocsr()
    parts = [_best(matrix[start : start + ROWS] @ turned, start) for start in range(0, count, ROWS)]
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    rows, columns, scores = (np.concatenate([part[i] for part in parts]) for i in range(3))
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    _, first = np.unique(low * count + high, return_index=True)
    return low[first], high[first], scores[first]


def _best(product: Any, start: int) -> Arrays:
    """Of each row of a block of the product the NEIGHBOURS largest, itself left out."""
    cells = product.tocoo()
    kept = (cells.row + start != cells.col) & (cells.data >= NEAR)
    rows, columns, scores = (each[kept] for each in (cells.row, cells.col, cells.data))
    order = np.lexsort((columns, -np.round(scores, 9), rows))
    rows, columns, scores = rows[order].astype(np.int64) + start, columns[order].astype(np.int64), scores[order]
    near = np.arange(len(rows)) - np.searchsorted(rows, rows) < NEIGHBOURS
    return rows[near], columns[near], scores[near]
