"""Which labels a describer may say: a reviewed file, and how it is made from the package's lists.

`allowed_labels.tsv` holds category and label, one per line. `python -m
generation.describe.allow_list` writes it anew from the lists of the installed clip-interrogator
and the words of `allow_rules.yaml`; a test compares. A label must pass the deny filter too.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from generation.describe.brand_safety import Filter, package_data, package_filter

RULES_FILE = Path(__file__).with_name("allow_rules.yaml")
ALLOWED_FILE = Path(__file__).with_name("allowed_labels.tsv")

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def allowed_labels() -> dict[str, list[str]]:
    """The reviewed labels by category, as the package spells them."""
    found: dict[str, list[str]] = {}
    for line in ALLOWED_FILE.read_text(encoding="utf-8").splitlines():
        category, label = line.split("\t")
        found.setdefault(category, []).append(label)
    return found


def permitted(labels: Iterable[str], deny: Filter) -> Iterator[tuple[str, str]]:
    """Category and label of those made of reviewed words only; the first category that fits.

    Two labels of the same words ("soft light", "light, soft") are one; the first stays.
    """
    rules: dict[str, Any] = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    shared = set(rules["shared"].split())
    never = {" ".join(text.split()) for text in rules["never"].split("|")}
    categories = {
        name: (heads := set(entry["heads"].split()), heads | shared | set(entry["words"].split()))
        for name, entry in rules["categories"].items()
    }
    seen: set[tuple[str, ...]] = set()
    for label in labels:
        words = _WORD.findall(label.lower())
        if label.lower() in never or not 1 <= len(words) <= rules["max_words"]:
            continue
        # What is left between the words must be blanks and commas: no codes, no markup.
        if re.sub(r"[\s,]", "", _WORD.sub("", label)) or tuple(sorted(words)) in seen:
            continue
        for name, (heads, known) in categories.items():
            if heads & set(words) and known.issuperset(words):
                if deny.rule_against(label) is None:
                    seen.add(tuple(sorted(words)))
                    yield name, label
                break


def main() -> None:
    flavours = (package_data() / "flavors.txt").read_text(encoding="utf-8").splitlines()
    rows = sorted(permitted(map(str.strip, flavours), package_filter()))
    text = "".join(f"{category}\t{label}\n" for category, label in rows)
    ALLOWED_FILE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(rows)} of {len(flavours)} flavours in {ALLOWED_FILE}\n")


if __name__ == "__main__":
    main()
