"""Windows of the week in a file of settings, and whose clock they mean."""

from __future__ import annotations

import difflib
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, field_validator, model_validator
from typing_extensions import Self

from alerts import schedule
from alerts.settings.terms import Strict, wrong


def _is_known(name: str) -> str:
    known = available_timezones()
    if name not in known:
        near = difflib.get_close_matches(name[:64], known, n=1, cutoff=0.8)
        hint = f"did you mean {near[0]}?" if near else "write it as Continent/City"
        raise ValueError(f"there is no such IANA time zone; {hint}")
    return name


TimeZone = Annotated[str, AfterValidator(_is_known)]


class Schedule(Strict):
    """A window of the week in which a label is watched, in the site's time zone."""

    days: tuple[schedule.Day, ...] = Field(
        default=schedule.DAYS,
        min_length=1,
        max_length=7,
        description="The days on which the window starts.",
    )
    start: str = Field(alias="from", description='Wall clock time it starts, "22:00".')
    end: str = Field(alias="to", description="When it ends; not later than `from`: the next day.")

    @field_validator("start", "end")
    @classmethod
    def _is_time(cls, text: str) -> str:
        try:
            schedule.minute_of_day(text)
        except ValueError:
            raise ValueError('allowed: a time of day from "00:00" to "24:00"') from None
        return text

    @model_validator(mode="after")
    def _is_window(self) -> Self:
        try:
            self.window()
        except ValueError:
            raise wrong(
                'the window has no length; for the whole day write from: "00:00" and to: "24:00"'
            ) from None
        return self

    def window(self) -> schedule.Window:
        """As the pure rule wants it. An end at 00:00 is the midnight that ends the day."""
        return schedule.Window(
            days=frozenset(schedule.DAYS.index(day) for day in self.days),
            start_minute=schedule.minute_of_day(self.start),
            end_minute=schedule.minute_of_day(self.end) or schedule.MINUTES_OF_DAY,
        )
