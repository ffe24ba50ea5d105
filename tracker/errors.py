"""What can go wrong, by name, each with a sentence that says where and what to do.

TrackerError                 shown to people as it stands: a sentence, never a traceback
    WrongUse                 the command was called in a way that cannot work           (exit status 2)
    BadInput                 a file or an answer is not what it should be               (exit status 3)
        BadSettings          config.yaml cannot be followed; names file, line and entry
        BadTaxonomy          the taxonomy or a word list cannot be followed
        BadFeed              these bytes are no feed that can be read
        BadPage              these bytes are no page that can be read
            Wall             they are what stands before the page: consent, login, a check against robots
        BadItem              an item lacks what the queue needs
        IncompleteDecision   a decision lacks what its verdict asks for; names the field
        BadInitiative        an initiative cannot be approved as it stands; names the fields
    NotAllowed               this person may not do this
    Conflict                 somebody was first; carries who and what                   (exit status 4)
    NotFound                 no such item, initiative, source, person
    Refused                  an address that must not be fetched
    StoreUnavailable         the database cannot be opened, written or is of another age (exit status 1)
    Busy                     another process does this already, or holds the port       (exit status 1)
"""


class TrackerError(Exception):
    """A failure that has a sentence for the person who meets it."""

    exit_status = 1


class WrongUse(TrackerError):
    exit_status = 2


class BadInput(TrackerError):
    exit_status = 3


class BadSettings(BadInput): ...


class BadTaxonomy(BadInput): ...


class BadFeed(BadInput): ...


class BadPage(BadInput): ...


class Wall(BadPage): ...


class BadItem(BadInput): ...


class IncompleteDecision(BadInput): ...


class BadInitiative(BadInput): ...


class NotAllowed(TrackerError): ...


class Conflict(TrackerError):
    """Somebody was first. `by` is the name of that person, `what` what they did, both for a sentence."""

    exit_status = 4

    def __init__(self, message: str, *, by: str = "", what: str = "") -> None:
        super().__init__(message)
        self.by = by
        self.what = what


class NotFound(TrackerError): ...


class Refused(TrackerError): ...


class StoreUnavailable(TrackerError): ...


class Busy(TrackerError): ...
