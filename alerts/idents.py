"""Ids as they can stand in a header: one word of plain letters, the same for the same id."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,128}")
_DIGEST_LENGTH = 32  # hexadecimal digits: 128 bits, so that no two ids meet


def plain(ident: str) -> str:
    """`ident` itself where it is a plain word, else a digest of it: names of cameras may hold
    spaces, full stops, any script, and what else somebody on the broker made up."""
    if _PLAIN.fullmatch(ident):
        return ident
    return f"id-{hashlib.sha256(ident.encode('utf-8', 'replace')).hexdigest()[:_DIGEST_LENGTH]}"
