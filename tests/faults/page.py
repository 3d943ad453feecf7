"""The table of faults as a page that people read."""

from collections.abc import Mapping, Sequence

from tests.faults.case import (
    ABSENT,
    COMPLETE,
    ERRORS,
    MARKED,
    QUARANTINED,
    REPORTED,
    RESIDUAL,
    Case,
)
from tests.faults.kinds import GROUPS

NAMES = {
    "meta": "Meta",
    "google_ads": "Google Ads",
    "x_ads": "X Ads",
    "linkedin_ads": "LinkedIn Ads",
}
ENDINGS = {
    COMPLETE: "complete",
    REPORTED: "complete, and reported",
    QUARANTINED: "the bad row is set aside",
    RESIDUAL: "a residual row fills the gap",
    MARKED: "the picture is marked",
    ABSENT: "cannot happen",
}
HEAD = """\
# What happens when something goes wrong

Each line below is a fault that the sandbox plays to the platform's own client, over a real
connection, in the four steps of a collection: land, load, fetch pictures, move the bookmark. The
end is compared with a run without faults. This page is written by the test run
(`PAUTA_REWRITE_GOLDEN=1 pytest tests/faults`); a case that ends otherwise fails the tests.

| in the table | means |
|---|---|
| complete | every table of the lake equals that of the run without the fault |
| complete, and reported | the same, and the news is in the quality report or a warning |
| the bad row is set aside | it is in quarantine with the rule it broke; all others are equal |
| a residual row fills the gap | ads and totals differ; a row of the difference makes sums right |
| the picture is marked | its row says why there is no picture, or that it is only a preview |
| cannot happen | the platform has nothing of the kind; the reason is below the table |
| stops: `Error` | the task fails with this error and says what to do; nothing wrong is published, \
the bookmark stays, and the next run gives the tables of the run without the fault |

What each error means for whoever is on call is in the documentation of the collect DAGs.
"""


def page_of(cases: Mapping[str, Sequence[Case]]) -> str:
    """The page, in Markdown."""
    parts = [HEAD]
    reasons: list[str] = []
    ends = {(platform, case.kind): case for platform, found in cases.items() for case in found}
    for title, kinds in GROUPS.items():
        heads = " | ".join(NAMES[platform] for platform in cases)
        lines = [f"## {title}\n", f"| what happens | {heads} |", "|---|" + "---|" * len(cases)]
        for kind, what in kinds.items():
            row = [_cell(ends[platform, kind], platform, reasons) for platform in cases]
            lines.append(f"| {what} | {' | '.join(row)} |")
        parts.append("\n".join(lines) + "\n")
    known = {kind for kinds in GROUPS.values() for kind in kinds}
    for platform, found in cases.items():
        own = [case for case in found if case.kind not in known]
        if own:
            lines = [f"## {NAMES[platform]} alone\n", "| what happens | end |", "|---|---|"]
            lines += [f"| {case.what} | {_cell(case, platform, reasons)} |" for case in own]
            parts.append("\n".join(lines) + "\n")
    if reasons:
        parts.append("## Why some cannot happen\n\n" + "\n".join(reasons) + "\n")
    return "\n".join(parts)


def _cell(case: Case, platform: str, reasons: list[str]) -> str:
    if case.outcome in ERRORS:
        return f"stops: `{case.outcome}`"
    if case.outcome == ABSENT:
        reasons.append(f"{len(reasons) + 1}. {NAMES[platform]}, `{case.kind}`: {case.says}")
        return f"{ENDINGS[ABSENT]} ({len(reasons)})"
    return ENDINGS[case.outcome]
