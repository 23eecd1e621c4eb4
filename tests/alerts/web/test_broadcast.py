"""The ring of changes: who is behind finds them, who is too far behind is told so."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from alerts.web.broadcast import Broadcast


def frames(broadcast: Broadcast, number: int) -> list[int] | None:
    told = broadcast.after(number)
    if told is None:
        return None
    return [json.loads(one.frame.split(b"data: ")[1])["n"] for one in told]


def filled(count: int) -> Broadcast:
    broadcast = Broadcast(kept_max=5)
    for n in range(1, count + 1):
        broadcast.tell("event", "key", {"n": n})
    return broadcast


def test_who_is_behind_gets_the_rest_and_who_is_too_far_behind_none_of_it() -> None:
    broadcast = filled(8)
    assert broadcast.newest() == 8
    assert frames(broadcast, 8) == []
    assert frames(broadcast, 5) == [6, 7, 8]
    assert frames(broadcast, 3) == [4, 5, 6, 7, 8]
    assert frames(broadcast, 2) is None


@pytest.mark.parametrize("strange", ["", "-", "x-1", "-3", "9", "é-1", "0-0"])
def test_a_place_is_known_by_what_this_broadcast_said(strange: str) -> None:
    broadcast, other = filled(3), filled(3)
    assert broadcast.place_of(broadcast.id_of(2)) == 2
    assert broadcast.place_of(other.id_of(2)) is None
    assert broadcast.place_of(broadcast.id_of(4)) is None  # not said yet
    assert broadcast.place_of(strange) is None
    assert broadcast.place_of(broadcast.id_of(1) + strange) in {None, 1}


def test_text_of_strangers_cannot_end_a_message() -> None:
    broadcast = Broadcast()
    broadcast.tell("event", "a\nevent: bye\n\n", {"note": "\r\n\r\ndata: x"})
    told = broadcast.after(0)
    assert told is not None
    lines = told[0].frame.decode().split("\n")
    assert [line.partition(":")[0] for line in lines] == ["id", "event", "data", "", ""]
    assert "\r" not in lines[2]


def test_telling_from_many_threads_wakes_who_waits_and_loses_none() -> None:
    broadcast = Broadcast(kept_max=10_000)

    def tell() -> None:
        for n in range(200):
            broadcast.tell("event", "key", {"n": n})

    async def listen() -> int:
        broadcast.open(asyncio.get_running_loop())
        threads = [threading.Thread(target=tell) for _ in range(5)]
        with broadcast.waiting() as changed:
            for thread in threads:
                thread.start()
            place = 0
            while place < 1000:
                await asyncio.wait_for(changed.wait(), 20)
                changed.clear()
                told = broadcast.after(place)
                assert told is not None
                assert [one.number for one in told] == list(range(place + 1, place + 1 + len(told)))
                place += len(told)
        for thread in threads:
            thread.join()
        broadcast.close()
        return place

    assert asyncio.run(listen()) == 1000
    broadcast.tell("event", "key", {})  # nobody is there any more, and nothing breaks
