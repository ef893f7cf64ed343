"""What an act may answer instead of being done; each speaks Chinese and English. Bad input is intake.InvalidInput."""

from __future__ import annotations


class Refused(Exception):
    """The act is not done, and nothing is half-done. `code` is a stable word for machines."""

    code = "refused"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.message = {"zh": zh, "en": en}


class NotFound(Refused):
    """There is no such thing, or none that this reader may know of: the same answer."""

    code = "not_found"


class Forbidden(Refused):
    """The reader's roles do not allow this act."""

    code = "forbidden"


class OutOfOrder(Refused):
    """The life cycle has no such move from the present status, or a guard of the trade stands against it."""

    code = "out_of_order"


class Stale(Refused):
    """Somebody acted on the ticket meanwhile; reload and decide again."""

    code = "stale_version"


class Mismatch(Refused):
    """The same key was used before for another message."""

    code = "key_reused"
