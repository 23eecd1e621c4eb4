"""The test files that take longest, the longest first, as measured on two cores (seconds there)."""

from __future__ import annotations

SLOWEST = (
    "tests/models/evaluation/test_evaluate.py",  # 80
    "tests/peers/test_demo.py",  # 80
    "tests/peers/test_always_on.py",  # 70
    "tests/peers/test_spine.py",  # 65
    "tests/models/loop/test_round.py",  # 45
    "tests/peers/test_fit_of_the_daemon.py",  # 40
    "tests/models/test_export.py",  # 40
    "tests/peers/test_privacy.py",  # 40
    "tests/peers/test_desk.py",  # 35
    "tests/peers/test_run_is_replay.py",  # 30
    "tests/peers/test_services_of_the_daemon.py",  # 30
    "tests/models/evaluation/test_promise_simulated.py",  # 25
    "tests/peers/test_thresholds_of_the_daemon.py",  # 25
    "tests/peers/test_normal_of_the_daemon.py",  # 20
    "tests/models/test_baseline.py",  # 20
    "tests/peers/test_desk_lost_book.py",  # 20
    "tests/peers/test_desk_damaged.py",  # 20
    "tests/models/evaluation/report/test_browser.py",  # 20
    "tests/models/evaluation/test_curves.py",  # 20
    "tests/models/synth/test_staged.py",  # 20
    "tests/models/variants/test_tensorrt_rtx.py",  # 20
)
