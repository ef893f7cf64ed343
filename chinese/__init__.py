"""The one normaliser and tokeniser, shared by routing, search and duplicates.

Pure functions over text; the stored original is never changed, only copies of it are normalised.
`chinese.spoken` finds and hides the phone and ID numbers that people say.
"""

from chinese.lexicon import add_words, tokens, words
from chinese.text import normalise, sentences

__all__ = ["add_words", "normalise", "sentences", "tokens", "words"]
