"""The one normaliser and tokeniser, shared by routing, search and duplicates.

Pure functions over text; the stored original is never changed, only copies of it are normalised.
`normalise` is about spelling: the index, queries, digests and names. `chinese.speech.fluent` and
`chinese.corrections.corrected` are about speech: routing, summaries and the comparing of messages read
`corrected(fluent(normalise(text)))`. `chinese.spoken` finds and hides the phone and ID numbers that people say.
"""

from __future__ import annotations

from chinese.corrections import corrected
from chinese.lexicon import add_words, tokens, words
from chinese.speech import fluent
from chinese.text import normalise, sentences

__all__ = ["add_words", "corrected", "fluent", "normalise", "sentences", "tokens", "words"]
