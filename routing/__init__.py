"""Which unit is responsible for this matter in this place, and why.

Plain values in, a Decision with Chinese reasons out. This package knows no database and no web: the hotline
hands it the catalogue, the gazetteer, the units and the responsibility list as tuples.

`router` asks; decision and wording are what it is asked with and answers in. Which matter: catalogue, classifier,
examples, blend; learned, with features and boilerplate, and learning and evaluating beside the way of a message. Where:
places, spelling, surroundings, sounds, elsewhere, siting, asking, coordinates, outlines. How it is said: orders,
hearing, clauses, spotting, cues, kinds, dangers, outages, urgency, refusals, accusation. Beside the router: likeness
with gist, and summary.
"""
