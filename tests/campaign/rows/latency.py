"""From the picture to the subscriber, for one 720p camera with the model that ships."""

from __future__ import annotations

import time

from tests.campaign.filmed import filmed
from tests.campaign.growth import Growth
from tests.campaign.row import Findings, Lab
from tests.campaign.scene import scene
from tests.support.rtsp_server import Mount

_SIZE, _FPS = (1280, 720), 25.0
_ALARMS = {"collapse": {"update_s": 1, "cool_down_s": 5}}
_INCLUDES = (
    "from `detected_at` (when the picture that decided came, by the camera's clock laid on ours, "
    "the fastest picture counting as not delayed) to the arrival at an independent subscriber on "
    "this machine; includes decoding, waiting for the network, the network itself, the alarm step, "
    "the sync to the disk and the broker; does not include the camera's own encoder"
)


def measured(lab: Lab) -> Findings:
    """1280×720 at 25 pictures a second over RTSP, a rendered person on the floor, told each 1 s."""
    clip = filmed(lab.folder / "clips", "collapse", _SIZE, _FPS)
    with scene(
        lab, mounts=[Mount("/c0", clip, loop=True)], model={"name": "first"}, alarms=_ALARMS
    ) as site:
        site.running()
        began_s = time.monotonic()
        with Growth(site.daemon.pid, 5.0) as growth:
            seconds = lab.count(300, 45)
            while time.monotonic() < began_s + seconds:
                time.sleep(5)
                lab.say(f"{len(site.desk.told(began_s))} told")
        found = site.findings
        told = [one for one in site.desk.told(began_s) if one.phase != "closed"]
        found.recover_s = [one.wall_s - one.detected_s for one in told]
        found.recover_of = "picture → subscriber (no fault here)"
        found.notes += [_INCLUDES, growth.words()]
        site.balance()
        found.at_most("picture to subscriber", found.recover_s, 1.0)
        return found
