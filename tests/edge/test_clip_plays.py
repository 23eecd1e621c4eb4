"""Clips play in a real Chromium, from the first picture to the last."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edge.muxing import mp4
from edge.ports import Packet
from edge.recoding import recoded
from edge.ring import Cut, Kept
from tests.edge.chequers import FPS, SECONDS, Stream, cut_of, stream
from tests.edge.frames import NS
from tests.edge.packets import packets_of
from tests.support.chromium import chromium
from tests.support.clips import write_clip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PLAY = """async (source) => {
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video);
  const seen = [];
  const note = () => { seen.push(video.videoWidth); video.requestVideoFrameCallback(note); };
  video.requestVideoFrameCallback(note);
  const ended = new Promise((resolve) => {
    video.onended = () => resolve("ended");
    video.onerror = () => resolve("error " + video.error.message);
  });
  video.src = source;
  video.playbackRate = 16;
  await video.play().catch(() => null);
  const how = await ended;
  return { how, duration: video.duration, widths: [...new Set(seen)], pictures: seen.length };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


def played(page: Page, data: bytes) -> dict[str, Any]:
    source = "data:video/mp4;base64," + base64.b64encode(data).decode()
    return dict(page.evaluate(_PLAY, source))


def with_a_gap(cut: Cut) -> Cut:
    """A connection that was lost for three seconds, and found again at a key frame."""
    late = 3 * NS
    packets = [
        one
        if n < 40
        else Kept(
            one.at_ns + late,
            replace(one.packet, pts_ns=one.packet.pts_ns + late, dts_ns=one.packet.dts_ns + late),
        )
        for n, one in enumerate(cut.packets)
        if not 35 <= n < 40
    ]
    return Cut(cut.info, tuple(packets))


def with_another_size(small: Stream, large: Stream) -> Cut:
    """A camera that changes its picture in mid-stream, its headers in the stream."""
    later = [
        Packet(one.pts_ns + 4 * NS, one.dts_ns + 4 * NS, one.keyframe, one.data)
        for one in large[1][:40]
    ]
    return cut_of((small[0], [*small[1][:40], *later]))


def test_a_clip_plays_to_its_end_pictures_out_of_order_and_all(page: Page, tmp_path: Path) -> None:
    shown = played(page, mp4(cut_of(stream(tmp_path, b_frames=2))))
    assert shown["how"] == "ended"
    assert shown["duration"] == pytest.approx(SECONDS, abs=0.25)
    assert shown["widths"] == [320]


def test_a_gap_is_a_picture_that_stands_still(page: Page, tmp_path: Path) -> None:
    shown = played(page, mp4(with_a_gap(cut_of(stream(tmp_path)))))
    assert shown["how"] == "ended"
    assert shown["duration"] == pytest.approx(SECONDS + 3, abs=0.25)


def test_a_picture_that_changes_its_size_goes_on(page: Page, tmp_path: Path) -> None:
    cut = with_another_size(stream(tmp_path), stream(tmp_path, size=(640, 360)))
    shown = played(page, mp4(cut))
    assert shown["how"] == "ended"
    assert set(shown["widths"]) == {320, 640}
    assert shown["duration"] == pytest.approx(SECONDS, abs=0.25)
    again = recoded(cut, lambda rgb, _at_ns: rgb)
    assert (again.info.width, len(again.packets)) == (320, 80)


def test_what_a_camera_sends_as_h265_plays_everywhere_once_it_is_encoded_anew(
    page: Page, tmp_path: Path
) -> None:
    cut = recoded(cut_of(stream(tmp_path, "hevc")), lambda rgb, _at_ns: rgb)
    shown = played(page, mp4(cut))
    assert shown["how"] == "ended"
    assert shown["duration"] == pytest.approx(SECONDS, abs=0.25)


def test_it_plays_while_it_loads(page: Page, tmp_path: Path) -> None:
    """From a server that sends the first half and then nothing more."""
    noise = np.random.default_rng(0).integers(0, 256, (60, 180, 320, 3), np.uint8)
    data = mp4(cut_of(packets_of(write_clip(tmp_path / "n.mp4", noise, fps=FPS, gop=10))))
    done = threading.Event()

    class Half(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            clip = self.path == "/clip.mp4"
            body = data if clip else b'<video muted src="/clip.mp4"></video>'
            self.send_response(200)
            self.send_header("Content-Type", "video/mp4" if clip else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if clip else body)
            self.wfile.flush()
            if clip:
                done.wait(20)
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its own name)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Half) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            page.evaluate("void document.querySelector('video').play()")
            page.wait_for_function("document.querySelector('video').currentTime > 1", timeout=15000)
        finally:
            done.set()
            server.shutdown()
            thread.join(10)
