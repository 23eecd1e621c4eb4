"""The tiny page behind a link in an e-mail: it asks, and a press answers.

Opening it changes nothing: mail scanners and previews open every link they see.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

from alerts.answers import ACTIONS, Action

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:18px/1.5 system-ui,sans-serif;max-width:32em;margin:8vh auto;padding:0 1em}"
    "h1{font-size:1.3em}button,input{font:inherit;width:100%;box-sizing:border-box;"
    "min-height:3em;margin:.4em 0;border-radius:8px;border:1px solid GrayText}"
    "input{padding:0 .6em}button{cursor:pointer}"
    "button[value=acknowledge]{background:#0b5394;color:#fff;border-color:#0b5394;font-weight:600}"
    "p.small{font-size:.8em;opacity:.75;overflow-wrap:anywhere}"
)
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_WORDS = {
    "en": {
        "ask": "Answer this alert",
        "acknowledge": "I take care of it",
        "resolve": "It is over",
        "false_alarm": "False alarm: nothing happened",
        "note": "Note (may be empty)",
        "as": "Answering as",
        "sent": "Sent",
        "close": "The desk has your answer. You can close this page.",
        "expired": "This link has expired. Answer on the dashboard, or by the newest message.",
        "wrong": "This link is not one of ours, or not whole: copy all of it.",
        "unknown": "This event is no longer kept.",
        "later": "The desk cannot take answers right now. Try again in a moment.",
    },
    "ko": {
        "ask": "경보에 응답하기",
        "acknowledge": "제가 처리하겠습니다",
        "resolve": "상황이 끝났습니다",
        "false_alarm": "오경보: 아무 일도 없었습니다",
        "note": "메모 (비워 두어도 됩니다)",
        "as": "응답하는 사람",
        "sent": "전송됨",
        "close": "응답이 접수되었습니다. 이 페이지를 닫아도 됩니다.",
        "expired": "링크가 만료되었습니다. 대시보드나 가장 최근 메시지에서 응답해 주세요.",
        "wrong": "올바른 링크가 아니거나 일부가 빠졌습니다. 전체를 복사해 주세요.",
        "unknown": "더 이상 보관되지 않는 이벤트입니다.",
        "later": "지금은 응답을 받을 수 없습니다. 잠시 후 다시 시도해 주세요.",
    },
}


def asking(about: str, who: str, event_id: str, accepted: str) -> bytes:
    """The question. `about` says what happened; `accepted` is the header `Accept-Language`."""
    language = _language(accepted)
    words = _WORDS[language]
    buttons = "".join(
        f'<button name="action" value="{action}">{words[action]}</button>' for action in ACTIONS
    )
    return _whole(
        language,
        about or words["ask"],
        f'<form method="post"><label>{words["note"]}<input name="note" maxlength="500" '
        f'autocomplete="off"></label>{buttons}</form>'
        f'<p class="small">{words["as"]} {escape(who)} · {escape(event_id)}</p>',
    )


def answered(action: Action, accepted: str) -> bytes:
    """The answer was taken."""
    words = _WORDS[_language(accepted)]
    title = f"{words['sent']}: {words[action]}"
    return _whole(_language(accepted), title, f"<p>{words['close']}</p>")


def refused(why: str, accepted: str) -> bytes:
    """It was not: `expired`, `wrong`, `unknown` or `later`."""
    words = _WORDS[_language(accepted)]
    return _whole(_language(accepted), words["ask"], f"<p>{words[why]}</p>")


def _language(accepted: str) -> str:
    """The first that we know in `Accept-Language`, which is in the reader's order."""
    for one in accepted.lower().split(","):
        if (name := one.strip()[:2]) in _WORDS:
            return name
    return "en"


def _whole(language: str, title: str, body: str) -> bytes:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    ).encode()
