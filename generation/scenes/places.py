"""Which function draws which setting."""

from collections.abc import Callable, Mapping

from generation.scenes import countryside, indoors, outdoors, workrooms
from generation.scenes.room import Room

DRAWN: Mapping[str, Callable[[Room], str]] = {
    "shop": indoors.shop,
    "cafe": indoors.cafe,
    "office": indoors.office,
    "home": indoors.home,
    "studio": indoors.studio,
    "market": outdoors.market,
    "city": outdoors.city,
    "road": outdoors.road,
    "kitchen": workrooms.kitchen,
    "workshop": workrooms.workshop,
    "classroom": workrooms.classroom,
    "park": countryside.park,
    "plaza": countryside.plaza,
    "farm": countryside.farm,
    "beach": countryside.beach,
}
OPEN_AIR = frozenset({"city", "road", "park", "plaza", "farm", "beach"})
