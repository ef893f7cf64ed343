"""Assessment 考核: schemes as data, in versions; units ranked among their peers; what cost whom how many points.

`ranking` judges a period, `try_draft` the last months under a draft beside the version in force. A scheme is a value
(scheme.py) with a JSON form (documents.py); scoring.py is all of the arithmetic, and pure.
"""

from hotline.assessment.ranking import Ranking, ranking
from hotline.assessment.scheme import Scheme
from hotline.assessment.scoring import Listed, Lost, Named, Peer, Ranked, Score

__all__ = ["Listed", "Lost", "Named", "Peer", "Ranked", "Ranking", "Scheme", "Score", "ranking"]
