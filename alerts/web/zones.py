"""Drawing where to watch: `/api/zones`, for admins, where the dashboard was given the site file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerts.errors import UserError
from alerts.web.asked import Given, body_of, need
from alerts.web.refusal import Refused, json_response
from alerts.web.site_file import Changed, Drawn, SiteFile
from alerts.web.site_text import Area, Areas, as_yaml

_DIGITS = 4  # of a fraction: a fifth of a pixel in 1,920


class GivenArea(Given):
    """A zone or mask as the page draws it."""

    name: str = Field(min_length=1, max_length=64)
    polygon: list[tuple[float, float]] = Field(min_length=3, max_length=64)
    labels: list[Literal["collapse", "spill"]] = Field(min_length=1, max_length=2)

    def area(self) -> Area:
        """As it is written."""
        corners = tuple((round(x, _DIGITS), round(y, _DIGITS)) for x, y in self.polygon)
        return Area(self.name, corners, tuple(self.labels))


class GivenAreas(Given):
    """All areas of one camera; `version` is of the file they were drawn upon."""

    zones: list[GivenArea] = Field(max_length=64)
    masks: list[GivenArea] = Field(max_length=64)
    version: str = Field(default="", max_length=64)

    def areas(self) -> Areas:
        """As they are written."""
        return {
            "zones": [one.area() for one in self.zones],
            "masks": [one.area() for one in self.masks],
        }


class Zones:
    """The editor's side of the server. `picture` gives the address of a camera's last picture."""

    def __init__(self, site_file: SiteFile, picture: Callable[[str, str], str | None]) -> None:
        self._file = site_file
        self._picture = picture

    def routes(self) -> list[Route]:
        """Where it is. The functions are run in threads: they wait for disk and programs."""
        return [
            Route("/api/zones", self.all, methods=["GET"]),
            Route("/api/zones/{camera}", self.one, methods=["GET"]),
            Route("/api/zones/{camera}", self.put, methods=["PUT"]),
            Route("/api/zones/{camera}/preview", self.preview, methods=["POST"]),
        ]

    def all(self, request: Request) -> Response:
        """Which cameras there are."""
        need(request, "admin")
        cameras = [
            {
                "site": one.site,
                "camera": one.camera,
                "snapshot_url": self._picture(one.site, one.camera),
                "zones": len(one.areas["zones"]),
                "masks": len(one.areas["masks"]),
            }
            for one in self._cameras()
        ]
        return json_response({"cameras": cameras})

    def one(self, request: Request) -> Response:
        """The areas of one camera."""
        need(request, "admin")
        drawn = self._drawn(request)
        fields: dict[str, object] = {
            "site": drawn.site,
            "camera": drawn.camera,
            "snapshot_url": self._picture(drawn.site, drawn.camera),
            "version": drawn.version,
            "yaml": as_yaml(drawn.areas),
        }
        for key, areas in drawn.areas.items():
            fields[key] = [
                {"name": one.name, "polygon": one.polygon, "labels": one.labels} for one in areas
            ]
        return json_response(fields)

    def preview(self, request: Request) -> Response:
        """What would be written."""
        need(request, "admin")
        drawn, wanted = self._drawn(request), body_of(request, GivenAreas).areas()
        try:
            self._file.preview(drawn.camera, wanted)
        except UserError as error:
            raise _wrong(error) from None
        return json_response({"yaml": as_yaml(wanted)})

    def put(self, request: Request) -> Response:
        """Writes them, and has the daemon take them over."""
        need(request, "admin")
        drawn, given = self._drawn(request), body_of(request, GivenAreas)
        try:
            written = self._file.write(drawn.camera, given.areas(), given.version)
        except Changed as error:
            raise Refused(409, "changed", str(error)) from None
        except UserError as error:
            raise _wrong(error) from None
        fields = {**vars(written), "yaml": as_yaml(given.areas())}
        return json_response(fields)

    def _drawn(self, request: Request) -> Drawn:
        name = request.path_params["camera"]
        for drawn in self._cameras():
            if drawn.camera == name:
                return drawn
        raise Refused(404, "missing", "the site file has no camera of that name")

    def _cameras(self) -> list[Drawn]:
        try:
            return self._file.cameras()
        except UserError as error:
            raise _wrong(error) from None


def _wrong(error: UserError) -> Refused:
    lines = str(error).splitlines()
    return Refused(422, "wrong", lines[0], lines=lines)
