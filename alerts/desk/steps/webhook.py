"""Telling a recipient by webhook: the page as JSON, signed."""

from __future__ import annotations

import json

from alerts import moments
from alerts.desk.ports import StepFailed
from alerts.paging import Page
from alerts.poster import Endpoint, Poster, PostFailed


class WebhookStep:
    """Posts pages to `endpoint`: `{"type": "page", "timestamp": …, "data": <the page>}`, with the
    page's id as `webhook-id` and `Idempotency-Key`. Raises `UserError` for an address or a
    certificate that cannot be used."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._poster = Poster(endpoint)

    def send(self, page: Page) -> None:
        """Returns when the receiver has answered that it took the page."""
        data = json.loads(page.to_json())
        whole = {"type": "page", "timestamp": moments.to_text(page.at), "data": data}
        repeat = {"X-Floorwatch-Repeat": "true"} if page.repeat else {}
        try:
            self._poster.post(page.page_id, json.dumps(whole, ensure_ascii=False).encode(), repeat)
        except PostFailed as failed:
            raise StepFailed(
                str(failed),
                retry=failed.retry,
                perhaps_told=failed.perhaps_taken,
                wait_s=failed.wait_s,
            ) from failed
