"""One search protocol, two engines: Elasticsearch and the embedded SQLite FTS5.

Both index the same tokens, made by `chinese` in this process, and pass one contract test.
"""
