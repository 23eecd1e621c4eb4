"""A page as an e-mail: what stands in it, and in its headers. Nothing is sent here.

`Message-ID` is made from the page's id and so the same in every try, and all pages of one incident
name the same `References`, which no letter has: readers show them as one thread from the first on
(RFC 5322, section 3.6.4). `Auto-Submitted` keeps absence notes from coming back (RFC 3834).
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP

from alerts.idents import plain
from alerts.paging import Page

# Lines are not folded: a long Message-ID would come out encoded, and be another one.
_POLICY = SMTP.clone(max_line_length=990)
_JPEG = b"\xff\xd8\xff"
_REPEAT = "This may have been sent before: it is not known whether that arrived."
_STYLE = "font-family:sans-serif;font-size:16px;line-height:1.5;max-width:40em"
_BUTTON = (
    "display:inline-block;padding:12px 24px;background:#0b5394;color:#ffffff;"
    "border-radius:6px;text-decoration:none"
)


def letter(
    page: Page, sender: str, to: Sequence[str], picture: bytes | None = None
) -> EmailMessage:
    """The letter to `to` (plain addresses), with `picture` in it if that is a JPEG.

    Whatever a camera is called, each header stays one line: nothing of the page can add another.
    """
    site = plain(page.site).lower()
    incident = f"<{plain(page.event_id)}.incident@{site}>"
    made = EmailMessage(_POLICY)
    made["From"] = _one_line(sender)
    made["To"] = ", ".join(map(_one_line, to))
    made["Subject"] = _one_line(page.subject)
    made["Date"] = page.at
    made["Message-ID"] = f"<{plain(page.page_id)}@{site}>"
    made["In-Reply-To"] = incident
    made["References"] = incident
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"  # Exchange heeds this one alone
    made["Importance"] = "high"
    made["X-Floorwatch-Event"] = plain(page.event_id)
    if page.repeat:
        made["X-Floorwatch-Repeat"] = "true"
    made.set_content(_words(page), cte="quoted-printable")
    shown = picture if picture is not None and picture.startswith(_JPEG) else None
    name = f"{plain(page.event_id)}.jpg"
    made.add_alternative(_page(page, shown is not None), subtype="html", cte="quoted-printable")
    body = made.get_body(("html",))
    if body is not None and shown is not None:
        body.add_related(
            shown, "image", "jpeg", cid="<snapshot>", disposition="inline", filename=name
        )
    return made


def _words(page: Page) -> str:
    parts = [page.text.strip() or page.subject]
    if page.repeat:
        parts.append(_REPEAT)
    if page.link and page.link not in page.text:
        parts.append(f"Answer: {page.link}")
    parts.append(f"{page.site} · {page.event_id} · step {page.step}")
    return "\n\n".join(parts) + "\n"


def _page(page: Page, with_picture: bool) -> str:
    parts = [f'<h1 style="font-size:20px">{_escaped(page.subject)}</h1>']
    if page.text.strip():
        parts.append(f"<p>{_escaped(page.text.strip())}</p>")
    if page.repeat:
        parts.append(f"<p><b>{_REPEAT}</b></p>")
    if page.link and page.link.startswith(("https://", "http://")):
        link = html.escape(page.link)
        parts.append(f'<p><a style="{_BUTTON}" href="{link}">Answer</a></p>')
    if with_picture:
        parts.append('<p><img src="cid:snapshot" alt="snapshot" style="max-width:100%"></p>')
    told = _escaped(f"{page.site} · {page.event_id} · step {page.step}")
    parts.append(f'<p style="font-size:12px;color:#666666">{told}</p>')
    return f'<!doctype html><html><body style="{_STYLE}">{"".join(parts)}</body></html>\n'


def _escaped(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
