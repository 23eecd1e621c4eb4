"""The dashboard: what waits for help, on a page that anybody in the room can read and press.

    broker ─▶ feed (thread) ─▶ ledger ─▶ broadcast ─▶ stream ─▶ browsers
    broker ◀─ presses (thread) ◀───────── answering ◀─────────── browsers

One more subscriber: without a desk it still shows what happens. Every request passes `guard` first.
"""
