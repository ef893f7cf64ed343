"""A year replayed: invented citizens and units act through the desk under a simulated clock, and the ordinary reports
say what came of it.

`scenario` reads how they behave, `arrivals` and `messages` say who writes when and what, `plans` what will be done
about it and `calibrating` adjusts that to the scenario's ends; `course` is one ticket's acts in order and `wording`
their texts, `playing` does the acts of all in the order of time, `house` readies a database, `running` turns the clock,
`outcome` sets the report beside what was published.
"""

from hotline.replaying.calibrating import Adjusted, Unreachable
from hotline.replaying.house import NotEmpty
from hotline.replaying.outcome import adjusted_words, compared, report_of
from hotline.replaying.running import Asked, Killed, Replayed, replay
from hotline.replaying.scenario import Scenario, names, read_scenario

__all__ = [
    "Adjusted",
    "Asked",
    "Killed",
    "NotEmpty",
    "Replayed",
    "Scenario",
    "Unreachable",
    "adjusted_words",
    "compared",
    "names",
    "read_scenario",
    "replay",
    "report_of",
]
