"""Numbers and pictures that a person exports by hand, for accounts without API access.

Files that the platforms' own pages write lie in a drop folder of the store,
`inbox/<platform>/<account>/`: CSV exports per ad and day, pictures of the ads, and at most one
`settings.yaml`. `docs/exports.md` says which columns each platform's export must have.
"""

from include.sources.exports.client import Client
from include.sources.exports.parsing import parse

__all__ = ["Client", "parse"]
