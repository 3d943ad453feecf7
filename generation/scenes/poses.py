"""How people hold things: both hands, and the thing between them, in figure units."""

from random import Random

from generation.scenes import props
from generation.scenes.figure import Arm, Pose
from generation.scenes.scene import Palette
from generation.scenes.sheet import Sheet, placed

DOWN_LEFT = Arm((-92, 262), "rest", 4)
DOWN_RIGHT = Arm((92, 262), "rest", -4)
HIP_LEFT = Arm((-78, 196), "fist", -64)


def holding(
    sheet: Sheet, prop: str, palette: Palette, rnd: Random, *, lift: float = 0.0, free: Arm | None = None
) -> Pose:
    """A person with this prop in one or both hands.

    Args:
        sheet: takes the gradients.
        prop: vocabulary `prop`.
        palette: colours of the prop.
        rnd: chooses what phones show and how bags look.
        lift: how far the hands are raised, so that a close-up still shows them.
        free: what the hand does that holds nothing; hanging down when None.
    """
    left = DOWN_LEFT if free is None else free

    def at(y: float) -> float:
        return y - lift

    if prop == "phone":
        held = placed(props.phone(sheet, palette, rnd), 92, at(50), scale=0.74, turn=4)
        return Pose(left, Arm((88, at(112)), "grip", 182, half=36), held, lean=2)
    if prop == "card":
        held = placed(props.card(sheet, palette), 96, at(44), scale=0.72, turn=-8)
        return Pose(left, Arm((94, at(106)), "fist", 178), held, lean=2)
    if prop == "keys":
        held = placed(props.keys(palette), 70, at(44), scale=0.82)
        return Pose(left, Arm((104, at(38)), "fist", 84), held, lean=3)
    if prop == "coffee":
        held = placed(props.coffee(sheet, palette, saucer=False), 62, at(150), scale=0.68)
        return Pose(left, Arm((108, at(126)), "palm", 92), held, lean=2)
    if prop == "bags":
        high = props.bag(sheet, palette.main, palette.pale, rnd)
        low = props.bag(sheet, palette.accent, palette.second, rnd)
        held = placed(high, 126, at(248), scale=0.6) + placed(low, -114, at(372), scale=0.62)
        return Pose(Arm((-112, at(214)), "fist"), Arm((126, at(92)), "fist"), held, lean=-2)
    if prop == "boxes":
        held = placed(props.box(sheet, palette, w=190, h=136), -4, at(224))
        return Pose(Arm((-112, at(196)), "palm", -84), Arm((108, at(196)), "palm", 84), held)
    if prop == "produce":
        held = placed(props.produce(sheet, rnd), 0, at(226), scale=0.72)
        return Pose(Arm((-122, at(200)), "palm", -84), Arm((122, at(200)), "palm", 84), held)
    if prop == "plant":
        held = placed(props.plant(sheet, palette, rnd), 0, at(232), scale=0.66)
        return Pose(Arm((-60, at(196)), "palm", -80), Arm((60, at(196)), "palm", 80), held)
    if prop == "laptop":
        held = placed(props.laptop_back(sheet, palette), 0, at(196), scale=0.56)
        return Pose(Arm((-92, at(190)), "palm", -76), Arm((92, at(190)), "palm", 76), held)
    if prop == "house":
        held = placed(props.house(sheet, palette), 0, at(220), scale=0.44)
        return Pose(Arm((-88, at(214)), "palm", -80), Arm((88, at(214)), "palm", 80), held)
    # A car is not held: its key is.
    return holding(sheet, "keys", palette, rnd, lift=lift, free=free)


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
