"""What a platform says about one kind of fault: how it is made, and how it must end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from include import errors
from include.sandbox.faults import Fault
from include.sandbox.world import World
from include.sources.replies import Account

COMPLETE = "complete"
REPORTED = "complete, reported"
QUARANTINED = "quarantined"
RESIDUAL = "residual"
MARKED = "marked"
ABSENT = "does not occur"

# The runner waits for an answer no longer than this; `Fault("delay", seconds=...)` must be longer.
IMPATIENT_S = 1.0

ERRORS = frozenset(
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, Exception)
)
OUTCOMES = frozenset({COMPLETE, REPORTED, QUARANTINED, RESIDUAL, MARKED, ABSENT}) | ERRORS


@dataclass(frozen=True)
class Setting:
    """Where the case happens, for faults that need to know.

    `since` to `day` are the report days read; `now` is the instant of the sandbox's clock and
    of the run; `base_url` is the sandbox.
    """

    platform: str
    account: Account
    world: World
    since: date
    day: date
    now: datetime
    base_url: str


Faulty = tuple[Fault, ...] | Callable[[Setting], tuple[Fault, ...]]


@dataclass(frozen=True)
class Case:
    """One kind of fault on one platform.

    Args:
        kind: of `KINDS`, or the platform's own.
        faults: what goes wrong; a function of the setting where ids or days are needed.
        outcome: `complete`: the lake's tables equal those of an undisturbed run.
            `complete, reported`: they do, and `says` is in the quality report or a warning.
            `quarantined`: rows are set aside under a rule or reason that holds `says`; all
            others equal. `residual`: a residual row makes the ads' sums equal the totals.
            `marked`: a picture's row has `says` as status, in its reason, or `is_thumbnail`;
            all else equals. `does not occur`: `says` is why. An error's name: it is raised
            with `says` in its message, nothing is published, the bookmark stays; and the
            same run without the fault then gives the undisturbed tables.
        what: what happens, in plain words; needed for a kind that is not in `KINDS`.
        client: arguments for the client beside those of every case, such as a small page.
        days: report days read.
    """

    kind: str
    faults: Faulty
    outcome: str
    says: str = ""
    what: str = ""
    client: Mapping[str, Any] = field(default_factory=dict)
    days: int = 3

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(
                f"case {self.kind}: outcome {self.outcome!r} is none of {sorted(OUTCOMES)}."
            )
        if not self.says and self.outcome not in {COMPLETE, RESIDUAL}:
            raise ValueError(f"case {self.kind}: outcome {self.outcome!r} needs `says`.")

    def set_in(self, setting: Setting) -> tuple[Fault, ...]:
        """The faults of this case."""
        return self.faults(setting) if callable(self.faults) else self.faults


def unfit_pictures(files: str) -> list[Case]:
    """What comes for a picture and is none that may be kept; the same on every platform.

    Args:
        files: pattern of the requests for picture files.
    """
    elsewhere = {"Location": "http://169.254.169.254/x"}
    return [
        Case("picture_is_html", (Fault("body", files, body="<html>"),), MARKED, "broken"),
        Case(
            "picture_too_large",
            (Fault("headers", files, headers={"Content-Length": "99999999"}),),
            MARKED,
            "broken",
        ),
        Case("picture_truncated", (Fault("truncate", files),), MARKED, "broken"),
        Case(
            "picture_redirect_private",
            (Fault("status", files, status=302, headers=elsewhere),),
            MARKED,
            "169.254.169.254",
        ),
    ]
