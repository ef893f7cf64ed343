"""The one normaliser and tokeniser, shared by routing, search and duplicates.

Pure functions over text; the stored original is never changed, only copies of it are normalised.
`chinese.spoken` finds and hides the phone and ID numbers that people say.
"""

from chinese.text import normalise, sentences
from chinese.words import add_words, tokens, words

__all__ = ["add_words", "normalise", "sentences", "tokens", "words"]
