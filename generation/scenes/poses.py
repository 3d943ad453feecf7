"""How people hold things: both hands, and the thing between them, in figure units."""

from dataclasses import replace
from random import Random

from generation.scenes import devices, props
from generation.scenes.figure import Arm, Pose
from generation.scenes.scene import Palette
from generation.scenes.sheet import Sheet, placed

DOWN_LEFT = Arm((-92, 262), "rest", 4)
DOWN_RIGHT = Arm((92, 262), "rest", -4)
HIP_LEFT = Arm((-78, 196), "fist", -64)

_ONE_HAND = {
    "phone": (Arm((88, 112), "grip", 182, half=36), (92.0, 50.0), 0.74, 4.0),
    "card": (Arm((94, 106), "fist", 178), (96.0, 44.0), 0.72, -8.0),
    "keys": (Arm((104, 38), "fist", 84), (70.0, 44.0), 0.82, 0.0),
    "coffee": (Arm((108, 126), "palm", 92), (62.0, 150.0), 0.68, 0.0),
}
"""The hand, then where the thing is, its scale and its turn."""

_BOTH_HANDS = {
    "boxes": (110.0, 196.0, 224.0, 1.0),
    "produce": (122.0, 200.0, 226.0, 0.72),
    "plant": (60.0, 196.0, 232.0, 0.66),
    "laptop": (92.0, 190.0, 196.0, 0.56),
    "house": (88.0, 214.0, 220.0, 0.44),
}
"""How far each hand is from the middle and from the neck, the thing's foot and its scale."""


def holding(
    sheet: Sheet,
    prop: str,
    palette: Palette,
    rnd: Random,
    *,
    lift: float = 0.0,
    free: Arm = DOWN_LEFT,
) -> Pose:
    """A person with this prop in one or both hands; of a car, its keys.

    Args:
        sheet: takes the gradients.
        prop: vocabulary `prop`.
        palette: colours of the prop.
        rnd: chooses what phones show and how bags look.
        lift: how far the hands are raised, so that a close-up still shows them.
        free: what the hand does that holds nothing.
    """
    shown = "keys" if prop == "car" else prop
    if shown == "bags":
        high = props.bag(sheet, palette.main, palette.pale, rnd)
        low = props.bag(sheet, palette.accent, palette.second, rnd)
        held = placed(high, 126, 248 - lift, scale=0.6) + placed(low, -114, 372 - lift, scale=0.62)
        left, right = Arm((-112, 214 - lift), "fist"), Arm((126, 92 - lift), "fist")
        return Pose(left, right, held, lean=-2)
    art = _in_hand(sheet, shown, palette, rnd)
    if shown in _ONE_HAND:
        arm, (x, y), scale, turn = _ONE_HAND[shown]
        raised = replace(arm, hand=(arm.hand[0], arm.hand[1] - lift))
        return Pose(free, raised, placed(art, x, y - lift, scale=scale, turn=turn), lean=2)
    x, y, foot, scale = _BOTH_HANDS[shown]
    left, right = Arm((-x, y - lift), "palm", -82), Arm((x, y - lift), "palm", 82)
    return Pose(left, right, placed(art, 0, foot - lift, scale=scale))


def _in_hand(sheet: Sheet, prop: str, palette: Palette, rnd: Random) -> str:
    drawn = {
        "phone": lambda: devices.phone(sheet, palette, rnd),
        "card": lambda: devices.card(sheet, palette),
        "keys": lambda: props.keys(palette),
        "coffee": lambda: props.coffee(sheet, palette, saucer=False),
        "boxes": lambda: props.box(sheet, palette, w=190, h=136),
        "produce": lambda: props.produce(sheet, rnd),
        "plant": lambda: props.plant(sheet, palette, rnd),
        "laptop": lambda: devices.laptop_back(sheet, palette),
        "house": lambda: props.house(sheet, palette),
    }
    return drawn[prop]()


def greeting(rnd: Random) -> Pose:
    """A person with free hands: waves, rests a hand on the hip, or stands at ease."""
    return rnd.choice(
        (
            Pose(DOWN_LEFT, Arm((122, -62), "wave", 188), lean=3),
            Pose(HIP_LEFT, DOWN_RIGHT, lean=-2),
            Pose(HIP_LEFT, Arm((122, -62), "wave", 188), lean=3),
            Pose(HIP_LEFT, Arm((78, 196), "fist", 64)),
        )
    )


def at_counter(rnd: Random) -> Pose:
    """Both forearms on the counter in front."""
    return Pose(Arm((-58, 226), "rest", -62), Arm((58, 226), "rest", 62), lean=rnd.choice((-2, 2)))


def typing() -> Pose:
    """Both hands on a keyboard that stands behind its own lid."""
    return Pose(Arm((-62, 206), "rest", -40), Arm((62, 206), "rest", 40))
