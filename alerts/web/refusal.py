"""What a request is refused with: a status, a word for the page, one plain line for the person."""

from __future__ import annotations

import json
import math

from starlette.responses import Response

_TOO_MUCH = frozenset({429, 503})


class Refused(Exception):
    """The request gets this answer and nothing else. `retry_after_s` where trying later helps;
    `more` are further fields of the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        words: str,
        *,
        retry_after_s: float | None = None,
        **more: object,
    ) -> None:
        super().__init__(words)
        self.status = status
        self.code = code
        self.words = words
        self.retry_after_s = retry_after_s
        self.more = more

    def response(self) -> Response:
        """As sent."""
        fields = {"error": self.words, "code": self.code, **self.more}
        response = json_response(fields, self.status)
        if self.retry_after_s is not None:
            response.headers["retry-after"] = str(max(1, math.ceil(self.retry_after_s)))
        if self.status in _TOO_MUCH:
            response.headers["connection"] = "close"  # who is sent away takes up no place
        return response


def json_response(fields: object, status: int = 200) -> Response:
    """`fields` as JSON that nobody keeps a copy of."""
    body = json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(
        body.encode(),
        status,
        headers={"cache-control": "no-store"},
        media_type="application/json",
    )
