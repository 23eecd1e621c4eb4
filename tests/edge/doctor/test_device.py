"""Which device it is, NVIDIA's part, power and heat, from texts as such devices have them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from edge.doctor import board, nvidia, power
from edge.doctor.machine import Machine
from tests.edge.doctor.devices import (
    ORIN_FILES,
    ORIN_PROGRAMS,
    RELEASE_35_4_1,
    RELEASE_38_2_0,
    by_check,
    device,
    install,
)

PC = board.Board("", "", "Debian", "6.1", "x86_64", (3, 11), frozenset({"avx2"}), 4, None, 0.2)
ORIN = replace(PC, model="NVIDIA Jetson Orin Nano", l4t="36.4.3", arch="aarch64")


def orin(root: Path, **more: str) -> Machine:
    return device(root, ORIN_FILES | more, ORIN_PROGRAMS, "aarch64")


def test_an_orin_is_known_by_its_files(tmp_path: Path) -> None:
    seen = board.probe(orin(tmp_path))
    assert seen.jetson
    assert (seen.l4t, seen.cores, seen.load_1) == ("36.4.3", 6, 0.52)
    found = by_check(board.judge(replace(seen, python=(3, 10))))
    assert {one.verdict for one in found.values()} == {"good"}
    assert found["model"].found.endswith("Reference Developer Kit")
    assert found["release"].found == "JetPack 6.2 (L4T 36.4.3)"
    assert found["system"].found == "Ubuntu 22.04.5 LTS, Linux 5.15.148-tegra, aarch64"
    assert found["cpu"].found == "NEON, dot product"


@pytest.mark.parametrize(
    ("release", "verdict", "words"),
    [
        (RELEASE_38_2_0, "good", "JetPack 7.0 (L4T 38.2.0)"),
        (RELEASE_35_4_1, "bad", "JetPack 5.x (L4T 35.4.1)"),
        ("# R36 (release), REVISION: 4.7, GCID: 42132812\n", "good", "JetPack 6.x (L4T 36.4.7)"),
        ("# R41 (release), REVISION: 1.0, GCID: 1\n", "look", "JetPack ?.x (L4T 41.1.0)"),
    ],
)
def test_releases(tmp_path: Path, release: str, verdict: str, words: str) -> None:
    machine = device(tmp_path, {"/etc/nv_tegra_release": release})
    found = by_check(board.judge(board.probe(machine)))["release"]
    assert (found.verdict, found.found) == (verdict, words)


def test_the_release_is_known_by_its_package_where_the_file_is_gone(tmp_path: Path) -> None:
    row = "nvidia-l4t-core\t36.4.3-20250107174145\tinstalled\n"
    assert board.probe(device(tmp_path, {}, {"dpkg-query": row})).l4t == "36.4.3"


def test_a_small_old_busy_box() -> None:
    seen = replace(
        PC, arch="armv7l", python=(3, 9), cpu_flags=frozenset(), cpus_allowed=0.5, load_1=9.0
    )
    found = by_check(board.judge(seen))
    verdicts = {check: one.verdict for check, one in found.items()}
    assert verdicts == {
        "model": "good", "release": "not_applicable", "system": "bad", "python": "bad",
        "cpu": "look", "cores": "look", "load": "look",
    }  # fmt: skip
    assert found["cores"].found == "4 cores, a limit of 0.5"


# --- NVIDIA ---

# Of a dGPU machine, as nvidia-smi and the driver write them.
SMI = "NVIDIA L4, 23034, 1024, 61, 0x0000000000000001"
DRIVER = (
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  560.35.03  Release Build  (dvs)\n"
    "GCC version:  gcc version 12.3.0 (Ubuntu 12.3.0-1ubuntu1~22.04)\n"
)
OLD_DRIVER = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 2024\n"
CARD = {
    "/sys/bus/pci/devices/0000:01:00.0/vendor": "0x10de\n",
    "/sys/bus/pci/devices/0000:01:00.0/class": "0x030200\n",
    "/sys/bus/pci/devices/0000:01:00.1/vendor": "0x10de\n",
    "/sys/bus/pci/devices/0000:01:00.1/class": "0x040300\n",  # its sound
}


def test_no_gpu_is_no_fault(tmp_path: Path) -> None:
    found = list(nvidia.judge(nvidia.probe(device(tmp_path, {}), PC)))
    assert [(one.check, one.verdict) for one in found] == [("gpu", "not_applicable")]


def test_a_card_with_its_driver(tmp_path: Path) -> None:
    files = CARD | {
        "/proc/driver/nvidia/version": DRIVER,
        "/dev/nvidia0": "",
        "/dev/nvidiactl": "",
        "/dev/nvidia-uvm": "",
        "/usr/local/cuda/version.json": '{"cuda": {"name": "CUDA SDK", "version": "12.6.3"}}',
    }
    seen = nvidia.probe(device(tmp_path, files, {"nvidia-smi": SMI}), PC)
    assert (seen.cards, seen.driver, seen.cuda) == (1, "560.35.03", "12.6.3")
    found = by_check(nvidia.judge(seen))
    assert {check: one.verdict for check, one in found.items()} == {
        "driver": "good", "gpu": "good", "rights": "good", "cuda": "good", "tensorrt": "look",
    }  # fmt: skip
    assert found["gpu"].numbers == {"memory_mb": 23034, "used_mb": 1024, "celsius": 61}


def test_older_drivers_are_read_as_well(tmp_path: Path) -> None:
    machine = device(tmp_path, {"/proc/driver/nvidia/version": OLD_DRIVER})
    assert nvidia.probe(machine, PC).driver == "550.54.15"


def test_a_card_without_a_driver(tmp_path: Path) -> None:
    found = by_check(nvidia.judge(nvidia.probe(device(tmp_path, CARD), PC)))
    assert (found["driver"].verdict, found["rights"].verdict) == ("bad", "bad")


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ("NVIDIA L4, 23034, 1024, 88, 0x0000000000000040", "bad"),  # slowed down for heat
        ("NVIDIA L4, 23034, 1024, 86, 0x0000000000000000", "look"),
        ("NVIDIA Thor, [N/A], [N/A], 41, 0x0000000000000000", "good"),
        ("NVIDIA L4, 23034, 1024, 30, 0x0000000000000004", "good"),  # its power limit is no fault
    ],
)
def test_how_a_gpu_is(tmp_path: Path, row: str, verdict: str) -> None:
    seen = nvidia.probe(device(tmp_path, {}, {"nvidia-smi": row}), PC)
    assert by_check(nvidia.judge(seen))["gpu"].verdict == verdict


@pytest.mark.parametrize("name", ["clocks_event_reasons", "clocks_throttle_reasons"])
def test_a_driver_that_knows_one_name_of_the_reasons_is_understood(
    tmp_path: Path, name: str
) -> None:
    machine = device(tmp_path, {})
    said = "echo 'NVIDIA L4, 23034, 1024, 50, 0x0000000000000040'"
    install(tmp_path, "nvidia-smi", f'case "$1" in *{name}*) {said} ;; *) exit 2 ;; esac')
    assert [gpu.reasons for gpu in nvidia.probe(machine, PC).gpus] == [0x40]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every device")
def test_a_user_without_the_groups_is_told_which(tmp_path: Path) -> None:
    machine = orin(tmp_path, **{"/dev/nvmap": ""})
    (tmp_path / "dev/nvmap").chmod(0)
    found = by_check(nvidia.judge(nvidia.probe(machine, ORIN)))["rights"]
    assert found.verdict == "bad"
    assert "usermod -aG video,render" in found.mend


def test_a_locked_device_file_is_bad(tmp_path: Path) -> None:
    seen = nvidia.probe(orin(tmp_path, **{"/dev/nvmap": ""}), ORIN)
    found = by_check(nvidia.judge(replace(seen, locked=("/dev/nvmap",))))["rights"]
    assert found.verdict == "bad"
    assert "usermod -aG video,render" in found.mend


@pytest.mark.parametrize(
    ("python", "system", "beside", "verdict", "words"),
    [
        ("10.3.0", "10.3.0.30-1+cuda12.5", "", "good", "10.3.0"),
        ("10.13.3.9", "10.3.0.30-1+cuda12.5", "", "bad", "one version"),
        ("8.5.2.2", "", "", "bad", "10.3 or later"),
        ("", "10.3.0.30-1+cuda12.5", "/usr/lib/python3.10/dist-packages/tensorrt", "bad", "site"),
        ("", "10.3.0.30-1+cuda12.5", "", "look", "python3-libnvinfer"),
        ("", "", "", "look", "apt install"),
        ("of unknown version", "", "", "look", "no package says"),
    ],
)
def test_tensorrt(python: str, system: str, beside: str, verdict: str, words: str) -> None:
    seen = nvidia.Nvidia(True, 0, "", (), ("/dev/nvmap",), (), "12.6", python, system, beside)
    found = by_check(nvidia.judge(seen))["tensorrt"]
    assert found.verdict == verdict
    assert words in f"{found.found} {found.why} {found.mend}"


def test_tensorrt_for_rtx_will_do_as_well() -> None:
    seen = nvidia.Nvidia(False, 1, "580.1", (), ("/dev/nvidia0",), (), "13.0", "", "", "")
    assert by_check(nvidia.judge(seen))["tensorrt"].mend == "pip install tensorrt"
    found = by_check(nvidia.judge(replace(seen, tensorrt_rtx="1.7.1.116")))["tensorrt"]
    assert (found.verdict, found.found[-9:]) == ("good", "1.7.1.116")


def test_a_card_whose_memory_nobody_shares_out_yet(tmp_path: Path) -> None:
    """After a start without a display nothing has asked for CUDA's device file yet."""
    files = CARD | {"/dev/nvidia0": "", "/dev/nvidiactl": ""}
    found = by_check(nvidia.judge(nvidia.probe(device(tmp_path, files), PC)))["rights"]
    assert found.verdict == "look"
    assert "nvidia-modprobe -u" in found.mend


# --- power ---

PINNED = {
    "governor": "nvhost_podgov\n", "min_freq": "1020000000\n", "max_freq": "1020000000\n",
}  # fmt: skip
GPU = "/sys/class/devfreq/17000000.gpu"
POLICY = "/sys/devices/system/cpu/cpufreq/policy0"
ZONE = "/sys/class/thermal/thermal_zone8"
TJ = {
    f"{ZONE}/type": "tj-thermal\n", f"{ZONE}/temp": "56562\n",
    f"{ZONE}/trip_point_0_type": "critical\n", f"{ZONE}/trip_point_0_temp": "104500\n",
    f"{ZONE}/trip_point_1_type": "passive\n", f"{ZONE}/trip_point_1_temp": "99000\n",
}  # fmt: skip


def cpu(least: int, most: int, governor: str = "schedutil", driver: str = "x") -> dict[str, str]:
    return {
        f"{POLICY}/scaling_governor": governor, f"{POLICY}/scaling_driver": driver,
        f"{POLICY}/scaling_min_freq": str(least), f"{POLICY}/scaling_max_freq": str(most),
    }  # fmt: skip


def test_an_orin_as_it_comes(tmp_path: Path) -> None:
    gpu = {f"{GPU}/{name}": text for name, text in PINNED.items()}
    gpu[f"{GPU}/min_freq"] = "306000000\n"
    found = by_check(
        power.judge(power.probe(orin(tmp_path, **gpu, **cpu(729600, 1344000), **TJ), ORIN))
    )
    assert {check: one.verdict for check, one in found.items()} == {
        "mode": "look", "clocks": "look", "heat": "good", "fan": "not_applicable",
    }  # fmt: skip
    assert found["mode"].mend == "sudo nvpmodel -m 2"
    assert found["mode"].found == "25W"
    assert "GPU" in found["clocks"].found
    assert found["heat"].numbers == {"celsius": 56.562, "slows_at_celsius": 99.0}


def test_a_clock_that_tells_nothing_is_not_at_its_highest(tmp_path: Path) -> None:
    machine = orin(tmp_path, **{f"{GPU}/governor": "nvhost_podgov\n"})
    found = by_check(power.judge(power.probe(machine, ORIN)))["clocks"]
    assert found.verdict == "not_applicable"


def test_an_orin_at_its_best(tmp_path: Path) -> None:
    more = {
        **{f"{GPU}/{name}": text for name, text in PINNED.items()},
        **cpu(1728000, 1728000),
        "/sys/class/hwmon/hwmon0/name": "pwm_tach\n",
        "/sys/class/hwmon/hwmon0/rpm": "2140\n",
        "/sys/class/hwmon/hwmon3/name": "soctherm_oc\n",
        **{f"/sys/class/hwmon/hwmon3/oc{number}_event_cnt": "0\n" for number in (1, 2, 3)},
    }
    machine = orin(tmp_path, **more)
    (tmp_path / "usr/bin/nvpmodel").unlink()
    device(tmp_path, {"/var/lib/nvpmodel/status": "pmode:0002 fmode:cool\n"})
    found = by_check(power.judge(power.probe(machine, ORIN)))
    assert {check: one.verdict for check, one in found.items()} == {
        "mode": "good", "clocks": "good", "heat": "not_applicable", "fan": "good", "supply": "good",
    }  # fmt: skip
    assert found["mode"].found == "MAXN_SUPER"


@pytest.mark.parametrize(
    ("celsius", "verdict"), [(56562, "good"), (92000, "look"), (99500, "bad"), (-256000, "none")]
)
def test_heat(tmp_path: Path, celsius: int, verdict: str) -> None:
    machine = orin(tmp_path, **TJ | {f"{ZONE}/temp": str(celsius)})
    found = by_check(power.judge(power.probe(machine, ORIN)))["heat"]
    assert found.verdict == (verdict if verdict != "none" else "not_applicable")


def test_a_fan_that_stands_still_while_it_is_warm(tmp_path: Path) -> None:
    hot = TJ | {f"{ZONE}/temp": "71000", "/sys/class/hwmon/hwmon0/fan1_input": "0\n"}
    found = by_check(power.judge(power.probe(device(tmp_path, hot), PC)))
    assert found["fan"].verdict == "bad"


@pytest.mark.parametrize(
    ("counts", "verdict"), [((0, 0, 0), "good"), ((0, 15, 37), "look"), ((1, 0, 2), "bad")]
)
def test_a_weak_power_supply(tmp_path: Path, counts: tuple[int, ...], verdict: str) -> None:
    files = {"/sys/class/hwmon/hwmon3/name": "soctherm_oc\n"}
    for number, count in enumerate(counts, 1):
        files[f"/sys/class/hwmon/hwmon3/oc{number}_event_cnt"] = f"{count}\n"
    found = by_check(power.judge(power.probe(device(tmp_path, files), ORIN)))["supply"]
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("governor", "driver", "verdict"),
    [
        ("powersave", "acpi-cpufreq", "look"),
        ("powersave", "intel_pstate", "good"),
        ("schedutil", "acpi-cpufreq", "good"),
    ],
)
def test_the_governor_of_a_pc(tmp_path: Path, governor: str, driver: str, verdict: str) -> None:
    machine = device(tmp_path, cpu(800_000, 3_600_000, governor, driver))
    assert by_check(power.judge(power.probe(machine, PC)))["clocks"].verdict == verdict


def test_processors_that_were_slowed_down(tmp_path: Path) -> None:
    folder = "/sys/devices/system/cpu/cpu0/thermal_throttle"
    files = {f"{folder}/core_throttle_count": "3\n", f"{folder}/package_throttle_count": "4\n"}
    found = by_check(power.judge(power.probe(device(tmp_path, files), PC)))["heat"]
    assert (found.verdict, found.numbers) == ("look", {"slowed": 7})
