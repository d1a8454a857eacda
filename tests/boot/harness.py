# Starts the program under test, watches its serial output and judges how it ended.
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import pty
import resource
import select
import shlex
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "boot"
GUEST = ROOT / "try.local"


class Failure(Exception):
    """Why a test failed, in words."""


def program():
    """MULLION names the program under test, with arguments if need be: `wine64 …/mullion-system-x86_64.exe`."""
    return shlex.split(os.environ.get("MULLION", str(ROOT / "build/release/mullion-system-x86_64")))


def is_peer():
    """Whether the program under test is QEMU, which proves a test right but lacks what only we have."""
    return "qemu-system" in program()[0]


def accelerator():
    return ["-accel", "tcg" if is_peer() else "soft"]


class Run:
    """One run with its serial output on a pipe or, for Ctrl-a, a terminal."""

    def __init__(self, arguments, terminal=False, defaults=True):
        command = program() + accelerator() + (["-display", "none"] if defaults else []) + arguments
        self.command = shlex.join(command)
        self.text = ""
        self.started = time.monotonic()
        self.before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.terminal = None
        if terminal:
            self.terminal, child = pty.openpty()
            self.process = subprocess.Popen(command, stdin=child, stdout=child, stderr=subprocess.STDOUT)
            os.close(child)
            self.output = self.terminal
        else:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=subprocess.STDOUT)
            self.output = self.process.stdout.fileno()

    def read(self, until):
        """Takes what there is before the moment `until`; False at the end of the output."""
        wait = max(0.0, min(0.2, until - time.monotonic()))
        if not select.select([self.output], [], [], wait)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self.output, 65536)
        except OSError:  # a terminal whose other end is gone
            return False
        self.text += data.decode("utf-8", "replace")
        return bool(data)

    def expect(self, words, seconds):
        """Waits until each of `words` has been seen."""
        until = time.monotonic() + seconds
        missing = [w for w in words if w not in self.text]
        while missing and time.monotonic() < until:
            more = self.read(until)
            missing = [w for w in missing if w not in self.text]
            if not more:
                break
        if missing:
            how = "ended" if self.process.poll() is not None else f"ran {seconds} s"
            self.stop()
            raise Failure(f"{how} without '{missing[0]}'\n{self.tail()}")

    def end(self, seconds, status=0):
        """Waits for the process to end by itself with `status`."""
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            self.read(until)
        while self.read(time.monotonic()) and self.process.poll() is not None:
            pass
        if self.process.poll() is None:
            self.stop()
            raise Failure(f"did not end within {seconds} s\n{self.tail()}")
        if self.process.returncode != status:
            raise Failure(f"ended with status {self.process.returncode}, not {status}\n{self.tail()}")
        self.close()

    def send(self, data):
        os.write(self.terminal, data)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.close()

    def close(self):
        if self.terminal is not None:
            os.close(self.terminal)
            self.terminal = None
        elif self.process.stdout:
            self.process.stdout.close()

    def cpu_seconds(self):
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - self.before.ru_utime - self.before.ru_stime

    def tail(self):
        last = "\n".join("    | " + line for line in self.text.splitlines()[-15:])
        return f"    $ {self.command}\n{last}"


def assemble(source, output, *, elf=None):
    """A guest program from nasm source in this folder: flat, or linked as 'elf_i386' or 'elf_x86_64'."""
    WORK.mkdir(parents=True, exist_ok=True)
    here = pathlib.Path(__file__).resolve().parent
    target = WORK / output
    if elf is None:
        subprocess.run(["nasm", "-f", "bin", "-o", target, here / source], check=True)
        return str(target)
    form = "elf32" if elf == "elf_i386" else "elf64"
    subprocess.run(["nasm", "-f", form, "-D", "LINKED", "-o", f"{target}.o", here / source], check=True)
    subprocess.run(["ld", "-m", elf, "-Ttext", "0x200000", "-e", "start", "-z", "max-page-size=4096", "-o", target,
                    f"{target}.o"], check=True)
    return str(target)
