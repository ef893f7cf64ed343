"""The one normaliser and tokeniser, shared by routing, search and duplicates.

Pure functions over text; the stored original is never changed, only copies of it are normalised.
"""
