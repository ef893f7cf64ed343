"""Bulletins 通报: what a day, a week, a month or a year of the hotline came to, frozen when it is published.

`content.content` gathers everything a bulletin shows as plain JSON; `pictures` draws what is in it; `page` (api),
`workbook`, `word` and `pdf` dress it; `freezing` publishes and corrects. A published bulletin is dressed from its
frozen content alone: no later act, unit, name or target changes a letter of it.
"""
