"""The catalogue of matters, the gazetteer and the responsibility list 权责清单, in whole versions.

A version is a document of three parts (plain rows as in seeds/*.json). A draft is edited, checked for gaps and
overlaps, tried on past tickets, and published with a day; what is published never changes. One matter has one lead in
each place, and a code once given out never means something else.
"""

from hotline.cataloguing.documents import PARTS, Document, document, number_in_force

__all__ = ["PARTS", "Document", "document", "number_in_force"]
