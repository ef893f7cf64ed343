"""Which unit is responsible for this matter in this place, and why.

Plain values in, a Decision with Chinese reasons out. This package knows no database and no web: the hotline
hands it the catalogue, the gazetteer, the units and the responsibility list as tuples.
"""
