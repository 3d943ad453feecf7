"""How fast `layout` describes a picture and how often it is right, on the sandbox's truth.

python bench/describe.py [--quick]

The pictures are whole creatives in their templates, as the platforms of the sandbox serve
them, of a month and a world that nothing was fitted on. "right" counts the labels it says;
"said" is how often it says one. Photographs are not measured: the sandbox has none.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from generation.describe import layout
from generation.describe.decode import decoded
from generation.describe.record import Box, Description
from generation.vocabulary import PLACES
from include.sandbox.pictures import Pictures
from include.sandbox.plan import Picture, month_number
from include.sandbox.templates import LAYOUTS
from include.sandbox.world import World

WORLD_SEED = 99
MEASURED = ("setting", "place", "people", "light", "palette", "composition", "text_share")


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(width, 0.0) * max(height, 0.0)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return common / (areas - common)


def creatives(count: int) -> Iterator[tuple[Picture, bytes]]:
    """Distinct pictures of one month, spread over nodes and objectives, with their files."""
    world = World(
        seed=WORLD_SEED, today=date(2026, 11, 20), creatives_per_month=max(640, count * 2)
    )
    files = Pictures(world)
    pictures = world.plan(month_number(2026, 3)).pictures
    for picture in pictures[:: max(len(pictures) // count, 1)][:count]:
        yield picture, files.file(picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="60 pictures instead of 400")
    options = parser.parse_args()

    drawn = list(creatives(60 if options.quick else 400))
    layout.describe(decoded(drawn[0][1]))  # reads the weights
    described: list[tuple[Picture, Description]] = []
    started, cpu = time.perf_counter(), time.process_time()
    for picture, data in drawn:
        described.append((picture, layout.describe(decoded(data))))
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu

    said, right = defaultdict(int), defaultdict(int)
    boxes = []
    for picture, found in described:
        truth = {**picture.attributes, "place": PLACES[picture.setting]}
        for one in found.labels:
            said[one.category] += 1
            right[one.category] += one.label == truth[one.category]
        assert found.photo_box is not None
        boxes.append(overlap(found.photo_box, LAYOUTS[picture.layout].photo_box))

    count = len(described)
    print(f"{count} sandbox creatives, profile layout")
    print(f"{'category':12} {'said':>6} {'right':>6}")
    for category in MEASURED:
        share = right[category] / max(said[category], 1)
        print(f"{category:12} {said[category] / count:6.1%} {share:6.1%}")
    figures = {
        "images": count,
        "images_per_s": round(count / wall, 1),
        "cpu_ms_per_image": round(1000 * cpu / count, 1),
        "photo_box_iou": round(sum(boxes) / count, 3),
        "said": {c: round(said[c] / count, 3) for c in MEASURED},
        "right": {c: round(right[c] / max(said[c], 1), 3) for c in MEASURED},
    }
    print(f"photo box: mean IoU {figures['photo_box_iou']}")
    print(f"{figures['images_per_s']} images/s, {figures['cpu_ms_per_image']} ms of one core each")
    print(json.dumps(figures, sort_keys=True))


if __name__ == "__main__":
    main()
