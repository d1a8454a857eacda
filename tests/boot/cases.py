# The boot tests: each boots one thing and says what its serial output and its end must be.
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import signal
import subprocess
import termios
import time

import vmlinux
from harness import GUEST, ROOT, WORK, Failure, Run, assemble, is_peer, program

FIRMWARE = pathlib.Path("/usr/share/ovmf/OVMF.fd")
MEMTEST = pathlib.Path("/boot/memtest86+x64.bin")
SERIAL = ["-serial", "stdio"]
EXIT_PORT = ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
GUEST_DONE = "Mullion guest: command ended with status 0"


def guest_files():
    """Debian's kernel and the busybox initramfs, made when missing."""
    subprocess.run([ROOT / "tools/debian-kernel", GUEST], check=True)
    subprocess.run([ROOT / "tools/busybox-initramfs", GUEST / "initramfs.gz"], check=True)
    return str(GUEST / "vmlinuz"), str(GUEST / "initramfs.gz")


def linux(kernel, extra, command):
    _, initramfs = guest_files()
    run = Run(SERIAL + ["-m", "512", "-kernel", kernel, "-initrd", initramfs, "-no-reboot", "-append",
                        f"console=ttyS0 panic=-1 run={command.replace(' ', '+')}"] + extra)
    run.expect([GUEST_DONE, "reboot: Power down"], 600)
    run.end(20)
    return run


def bzimage():
    """Debian's bzImage through firmware, as -kernel does, to busybox and power-off."""
    kernel, _ = guest_files()
    return linux(kernel, [], "cat /proc/cpuinfo")


def pvh_vmlinux():
    """Debian's vmlinux, unpacked, by its PVH entry."""
    kernel, _ = guest_files()
    WORK.mkdir(parents=True, exist_ok=True)
    elf = WORK / "vmlinux"
    elf.write_bytes(vmlinux.unpack(pathlib.Path(kernel).read_bytes()))
    return linux(str(elf), [], "true")


def bzimage_direct():
    """The same bzImage entered without firmware."""
    kernel, _ = guest_files()
    return linux(kernel, ["-bios", "none"], "true")


def shell():
    """The shell of ./try: typed commands are answered, exit powers the machine off."""
    kernel, initramfs = guest_files()
    run = Run(["-nographic", "-m", "512", "-kernel", kernel, "-initrd", initramfs, "-no-reboot", "-append",
               "console=ttyS0 panic=-1 quiet"], terminal=True, defaults=False)
    run.expect(["exit' powers the machine off", "# "], 600)
    run.send(b"echo sum $((20+22))\n")
    run.expect(["sum 42"], 60)
    run.send(b"exit\n")
    run.end(120)
    return run


def seabios():
    """SeaBIOS to the end of its boot order."""
    log = WORK / "seabios.log"
    WORK.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    run = Run(["-net", "none", "-serial", "none", "-chardev", f"file,id=log,path={log}", "-device",
               "isa-debugcon,iobase=0x402,chardev=log"])
    until = time.monotonic() + 120
    while time.monotonic() < until and run.process.poll() is None:
        run.read(time.monotonic() + 0.2)
        run.text = log.read_text(errors="replace") if log.exists() else ""
        if "No bootable device" in run.text:
            break
    run.signal(signal.SIGTERM)
    if "No bootable device" not in run.text:
        run.stop()
        raise Failure(f"SeaBIOS did not come to 'No bootable device'\n{run.tail()}")
    run.end(5)
    return run


def memtest():
    """memtest86+ by -kernel, through at least its first test."""
    run = Run(SERIAL + ["-m", "32", "-kernel", str(MEMTEST), "-append", "console=ttyS0,115200"])
    run.expect(["Memtest86+", "#1"], 900)
    run.signal(signal.SIGTERM)
    run.end(5)
    return run


def multiboot(form, extra=()):
    def test():
        kernel = assemble("multiboot.asm", f"multiboot-{form or 'flat'}", elf=form)
        module = WORK / "module.txt"
        module.write_text("CONTENTS of the module")
        run = Run(SERIAL + EXIT_PORT + list(extra) + ["-m", "64", "-kernel", kernel, "-append", "one two", "-initrd",
                                                      f"{module} first arg"])
        run.expect(["multiboot: entered", "one two", "first arg holds CONTENTS", "upper 0000fb80" if is_peer() else "upper ",
                    "map 0000000000100000", "multiboot: done"], 30)
        run.end(10, 43)
        return run
    test.__doc__ = f"A multiboot program, {form or 'flat'}, with command line, module and memory map."
    return test


def ovmf():
    """OVMF to its boot manager."""
    run = Run(SERIAL + ["-m", "256", "-bios", str(FIRMWARE), "-net", "none"])
    run.expect(["BdsDxe"], 600)
    run.signal(signal.SIGTERM)
    run.end(10)
    return run


def hostile(kind):
    source = f"hostile-{kind}"
    subprocess.run(["nasm", "-f", "bin", f"-DKIND={kind}", "-o", WORK / source, pathlib.Path(__file__).parent / "hostile.asm"],
                   check=True)
    return ["-m", "64", "-kernel", str(WORK / source)]


def stops_on_sigterm():
    """Guests that spin, sleep, jump into nowhere, write to ROM or poke devices at random end with SIGTERM."""
    WORK.mkdir(parents=True, exist_ok=True)
    for kind in (0, 1, 3, 4) if is_peer() else (0, 1, 3, 4, 5):  # QEMU's serial port asserts in 5
        run = Run(SERIAL + hostile(kind))
        run.expect(["hostile: running"], 30)
        run.read(0.5)
        run.signal(signal.SIGTERM)
        run.end(5)
    return run


def stops_on_ctrl_a_x():
    """The same by Ctrl-a x on a terminal, which is left as it was."""
    WORK.mkdir(parents=True, exist_ok=True)
    for kind in (0, 1, 5):
        run = Run(["-nographic"] + hostile(kind), terminal=True, defaults=False)
        before = termios.tcgetattr(run.terminal)
        run.expect(["hostile: running"], 30)
        run.send(b"\x01x")
        keep = os.dup(run.terminal)
        run.end(5)
        after = termios.tcgetattr(keep)
        os.close(keep)
        if after[3] & termios.ECHO == 0 or after[3] & termios.ICANON == 0:
            raise Failure(f"the terminal was left raw: {before[3]:#x} before, {after[3]:#x} after")
    return run


def triple_fault():
    """A triple fault under -no-reboot ends the program, with a report of its cause from us."""
    WORK.mkdir(parents=True, exist_ok=True)
    run = Run(SERIAL + ["-no-reboot"] + hostile(2))
    run.expect(["hostile: running"] + ([] if is_peer() else ["triple fault"]), 30)
    run.end(10)
    return run


def process_manners():
    """-S, machine none, -pidfile, -no-shutdown: the process stays, says its id, and ends on SIGTERM."""
    WORK.mkdir(parents=True, exist_ok=True)
    pid_file = WORK / "pid"
    for arguments in (["-S"], ["-machine", "none", "-nodefaults"]):
        run = Run(["-pidfile", str(pid_file)] + arguments)
        until = time.monotonic() + 20
        while not (pid_file.exists() and pid_file.read_text().strip()) and time.monotonic() < until:
            time.sleep(0.05)
        said = pid_file.read_text().strip() if pid_file.exists() else "nothing"
        time.sleep(0.3)
        run.signal(signal.SIGTERM)
        run.end(5)
        if said != str(run.process.pid):
            raise Failure(f"the pid file said {said}, the process is {run.process.pid}")
        if pid_file.exists():
            raise Failure("the pid file is still there")
    return run


def log_items():
    """Each -d item that firmware makes something of writes it into the file of -D."""
    WORK.mkdir(parents=True, exist_ok=True)
    log = WORK / "log.txt"
    log.unlink(missing_ok=True)
    items = {"in_asm": "0x0000fff0:  ", "exec": "Trace 0: ", "cpu": "RAX=", "fpu": "FCW=", "int": "v=",
             "pcall": "jmp ", "cpu_reset": "CPU reset", "mmu": "TLB flush"}
    run = Run(["-d", ",".join(items) + ",nochain,unimp,guest_errors", "-D", str(log)])
    until = time.monotonic() + 60
    missing = list(items)
    while missing and time.monotonic() < until and run.process.poll() is None:
        run.read(time.monotonic() + 0.5)
        text = log.read_text(errors="replace") if log.exists() else ""
        missing = [item for item in missing if items[item] not in text]
    run.signal(signal.SIGTERM)
    run.end(5)
    log.unlink(missing_ok=True)
    if missing:
        raise Failure(f"the log has nothing of {', '.join(missing)}")
    return run


CASES = {
    "log-items": log_items,
    "process": process_manners,
    "multiboot-flat": multiboot(None),
    "multiboot-elf32": multiboot("elf_i386"),
    "multiboot-elf64": multiboot("elf_x86_64"),
    "multiboot-direct": multiboot("elf_i386", ["-bios", "none"]),
    "sigterm": stops_on_sigterm,
    "ctrl-a-x": stops_on_ctrl_a_x,
    "triple-fault": triple_fault,
    "seabios": seabios,
    "bzimage": bzimage,
    "pvh": pvh_vmlinux,
    "bzimage-direct": bzimage_direct,
    "shell": shell,
    "ovmf": ovmf,
    "memtest": memtest,
}
NOT_ON_PEER = {"multiboot-elf64", "multiboot-direct", "bzimage-direct", "log-items"}  # QEMU refuses a 64-bit ELF, has no -bios none, and logs otherwise
# No Unix terminal there, and SIGTERM ends Wine itself.
NOT_UNDER_WINE = {"seabios", "memtest", "ovmf", "process", "log-items", "ctrl-a-x", "sigterm", "shell"}


def applies(name):
    if is_peer() and name in NOT_ON_PEER:
        return False
    return not ("wine" in program()[0] and name in NOT_UNDER_WINE)
