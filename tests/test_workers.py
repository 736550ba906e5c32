from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import MappingProxyType

import pytest

from feedbuilder.project.workers import FEWEST_JOBS, spread

MANY = range(3 * FEWEST_JOBS)


def test_results_come_in_order_from_several_processes() -> None:
    results = list(spread(lambda number: (number, os.getpid()), MANY))

    assert [number for number, _ in results] == list(MANY)
    if len(os.sched_getaffinity(0)) > 1:
        assert os.getpid() not in {process for _, process in results}


def test_a_few_jobs_run_in_this_process() -> None:
    assert set(spread(lambda _: os.getpid(), range(FEWEST_JOBS - 1))) == {os.getpid()}


def test_an_error_of_a_job_is_raised() -> None:
    def fail_at_nine(number: int) -> int:
        if number == 9:
            raise ValueError("nine")
        return number

    with pytest.raises(ValueError, match="nine"):
        list(spread(fail_at_nine, MANY))


def test_read_only_mappings_are_returned_from_processes() -> None:
    assert next(iter(spread(lambda _: MappingProxyType({"a": 1}), MANY))) == {"a": 1}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux notifies a process when its parent ends")
def test_no_worker_outlives_a_killed_build(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from feedbuilder.project.workers import spread\n"
        "def job(number):\n"
        "    Path(sys.argv[1], str(os.getpid())).touch()\n"
        "    time.sleep(60)\n"
        "list(spread(job, range(64)))\n"
    )
    marks = tmp_path / "workers"
    marks.mkdir()
    with subprocess.Popen([sys.executable, script, marks]) as parent:
        while not any(marks.iterdir()):
            assert parent.poll() is None
            time.sleep(0.01)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    workers = [int(path.name) for path in marks.iterdir()]
    while any(_runs(worker) for worker in workers):  # pytest stops a hanging test
        time.sleep(0.01)


def test_workers_leave_ctrl_c_to_the_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, signal, sys, time\n"
        "from pathlib import Path\n"
        "from feedbuilder.project.workers import spread\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # background jobs ignore SIGINT
        "def job(number):\n"
        "    Path(sys.argv[1], str(number)).touch()\n"
        "    time.sleep(0.1)\n"
        "try:\n"
        "    list(spread(job, range(64)))\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
    )
    marks = tmp_path / "marks"
    marks.mkdir()
    with subprocess.Popen(
        [sys.executable, script, marks],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as parent:
        while not any(marks.iterdir()):
            assert parent.poll() is None
            time.sleep(0.01)
        os.killpg(parent.pid, signal.SIGINT)  # as a terminal sends it
        assert parent.communicate() == ("stopped\n", "")
    assert len(list(marks.iterdir())) < 64


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
