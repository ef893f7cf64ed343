"""The JSON API, a file per resource."""

from api.contract import Contract
from api.resources.acts import blueprint as acts
from api.resources.alarms import blueprint as alarms
from api.resources.answered import blueprint as answered
from api.resources.answers import blueprint as answers
from api.resources.assessment import blueprint as assessment
from api.resources.attachments import blueprint as attachments
from api.resources.bulletins import blueprint as bulletins
from api.resources.calls import blueprint as calls
from api.resources.catalogue import blueprint as catalogue
from api.resources.catalogue_versions import blueprint as catalogue_versions
from api.resources.entries import blueprint as entries
from api.resources.exports import blueprint as exports
from api.resources.intake import blueprint as intake
from api.resources.learning import blueprint as learning
from api.resources.ledger import blueprint as ledger
from api.resources.likenesses import blueprint as likenesses
from api.resources.notices import blueprint as notices
from api.resources.public import blueprint as public
from api.resources.reports import blueprint as reports
from api.resources.rules import blueprint as rules
from api.resources.search import blueprint as search
from api.resources.searches import blueprint as searches
from api.resources.targets import blueprint as targets
from api.resources.tickets import blueprint as tickets
from api.resources.topics import blueprint as topics

BLUEPRINTS: tuple[Contract, ...] = (
    intake,
    entries,
    tickets,
    acts,
    alarms,
    likenesses,
    attachments,
    answered,
    answers,
    search,
    searches,
    reports,
    topics,
    exports,
    targets,
    assessment,
    bulletins,
    calls,
    learning,
    ledger,
    notices,
    rules,
    public,
    catalogue,
    catalogue_versions,
)
