"""How the rules are made: drafts of the calendar and of the policy sets, what they would change, and publication.

A draft is a row without a day of publication; what is published never changes. Each publication is an `edit_rules`
event, by which every process reads the rules again; each draft is a `draft_rules` event.
"""
