"""A picture of the last weeks: one dot for each check-in, higher is better.

It has no words, so it says nothing to others who look and needs no translation; the words go with it as its caption.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, EDGE, FOOT = 720, 480, 48, 44
WEEKS = 8
LEVELS = ("low", "okay", "good")
PAPER, BAND, LINE, DOT, INK = "#ffffff", "#f1f4f6", "#7aa5b8", "#1f6f8b", "#4a5560"
Point = tuple[datetime, str]  # when (UTC), one of LEVELS


def since(at: datetime) -> datetime:
    """From when on check-ins are in the picture."""
    return at - timedelta(weeks=WEEKS)


def drawn(points: Sequence[Point], at: datetime, zone: str) -> bytes:
    """A PNG of the points, the newest at the right, on the client's own calendar."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    _bands(draw)
    last = at.astimezone(ZoneInfo(zone)).date()
    _weeks(draw, last)
    places = [(_across(when.astimezone(ZoneInfo(zone)).date(), last), _up(level)) for when, level in points]
    if len(places) > 1:
        draw.line(places, fill=LINE, width=4, joint="curve")
    for x, y in places:
        draw.ellipse((x - 9, y - 9, x + 9, y + 9), fill=DOT)
    made = BytesIO()
    image.save(made, "PNG", optimize=True)
    return made.getvalue()


def _bands(draw: ImageDraw.ImageDraw) -> None:
    tall = (HEIGHT - FOOT) / len(LEVELS)
    for number in range(0, len(LEVELS), 2):
        draw.rectangle((0, tall * number, WIDTH, tall * (number + 1)), fill=BAND)


def _weeks(draw: ImageDraw.ImageDraw, last: date) -> None:
    """The date of every other week, as numbers alone."""
    font = ImageFont.load_default(size=22)
    for weeks in range(0, WEEKS + 1, 2):
        day = last - timedelta(weeks=weeks)
        x = _across(day, last)
        draw.line((x, HEIGHT - FOOT, x, HEIGHT - FOOT + 8), fill=INK, width=2)
        draw.text((x, HEIGHT - FOOT + 12), f"{day.day}.{day.month}.", fill=INK, font=font, anchor="ma")


def _across(day: date, last: date) -> float:
    whole = timedelta(weeks=WEEKS).days
    return WIDTH - EDGE - (WIDTH - 2 * EDGE) * (last - day).days / whole


def _up(level: str) -> float:
    tall = (HEIGHT - FOOT) / len(LEVELS)
    return HEIGHT - FOOT - tall * (LEVELS.index(level) + 0.5)
