# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Programs that a test starts, each of which ends with the test, however that ends."""

import contextlib
import ctypes
import importlib.util
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED = 77  # as meson reads an exit code
PR_SET_PDEATHSIG = 1
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
STOP_S = 5
READY_S = 60

_libc = ctypes.CDLL(None, use_errno=True)


def _skip_without(missing):
    if missing:
        print("not installed:", *missing)
        sys.exit(SKIPPED)


def need(*programs):
    """Ends the test as skipped where a program is not installed."""
    _skip_without([program for program in programs if not shutil.which(program)])


def need_module(name):
    """The same for a module of Python."""
    _skip_without([] if importlib.util.find_spec(name) else [name])


def long_run():
    return os.environ.get("LOADLINE_LONG") == "1"


def wait_until(ready, otherwise):
    """What ready() returns, once that is true."""
    end_s = time.monotonic() + READY_S
    while time.monotonic() < end_s:
        if result := ready():
            return result
        time.sleep(0.05)
    raise AssertionError(otherwise)


def _end_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Workplace(contextlib.ExitStack):
    """A directory of its own, also for what programs keep under HOME, and the programs started in it."""

    def __init__(self):
        super().__init__()
        self.path = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="loadline-")))
        runtime = self.path / "run"
        runtime.mkdir(mode=0o700)
        self.started = []
        self.environment = os.environ | {"HOME": str(self.path), "XDG_RUNTIME_DIR": str(runtime)}
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            self.environment.pop(name, None)

    def start(self, *command, **options):
        """Starts a program; what it says goes into the file NAME.log unless it is asked for."""
        log = (self.path / f"{pathlib.Path(command[0]).name}.log").open("ab")
        options = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log} | options
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=self.path,
            env=self.environment,
            preexec_fn=_end_with_parent,
            **options,
        )
        log.close()
        self.started.append(process)
        self.callback(stop, process)
        return process

    def run(self, *command, timeout_s=120, **options):
        """Runs a program to its end and returns what it said; a failure shows all that it said."""
        process = self.start(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
        try:
            said, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"{command[0]} takes longer than {timeout_s} s:\n{process.communicate()[0]}") from None
        if process.returncode != 0:
            raise AssertionError(f"{command[0]} ends with {process.returncode}:\n{said}{self.logs()}")
        return said

    def crashed(self, *but):
        """The programs that a signal has ended, but for those named."""
        ended = [process.args for process in self.started if (process.poll() or 0) < 0]
        return [command for command in ended if command[0] not in but]

    def logs(self):
        return "".join(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in self.path.glob("*.log"))


def stop(process):
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def keep_shared_memory_private():
    """JACK servers register in /dev/shm, eight at most, and those that were killed stay. So a test has a /dev/shm of its
    own, and leaves that of the machine as it was; where the kernel does not allow that, it shares it like any program."""
    uid, gid = os.getuid(), os.getgid()
    if _libc.unshare(CLONE_NEWNS) != 0:
        if _libc.unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0:
            return
        for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            pathlib.Path("/proc/self", name).write_text(line)
    if _libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0:
        _libc.mount(b"tmpfs", b"/dev/shm", b"tmpfs", 0, None)


def end_on_signal():
    """A test that is told to end does so in order, and stops what it has started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


keep_shared_memory_private()
end_on_signal()
