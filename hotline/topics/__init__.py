"""Hot topics 社会热点 and early warning 舆情预警: what many people speak of, and what is rising.

Topics, and which tickets they have, are projections that `topics rebuild` makes again; alerts and what people said of
them are acts, with events of their own in the audit chain.
"""

from hotline.topics.heat import Part
from hotline.topics.hottest import Topic, hottest

__all__ = ["Part", "Topic", "hottest"]
