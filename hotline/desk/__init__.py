"""The desk: one function per act, each in the caller's transaction with its event.

`open_ticket` makes a ticket of an inquiry, `enter` of a form; `perform` does every later act on it.
"""

from hotline.desk.case import Case, take
from hotline.desk.entering import enter
from hotline.desk.opening import Opened, check_same, known_digests, open_ticket
from hotline.desk.performing import perform

__all__ = ["Case", "Opened", "check_same", "enter", "known_digests", "open_ticket", "perform", "take"]
