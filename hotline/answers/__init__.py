"""Replies that are published as questions and answers, so that who asks next need not write.

Four parts: `candidates` (which closed tickets are worth it), `masking` (what a reader must not learn of a person),
`publishing` (acts of a person, each in the audit chain) and `finding` (the public list and its index).
"""
