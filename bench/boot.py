#!/usr/bin/env python3
# Boots Debian's kernel to power-off in Mullion and in QEMU's TCG: CPU time, interleaved, minima, ratio.
# SPDX-License-Identifier: Apache-2.0
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "loops"))
from run import cpu_seconds  # noqa: E402


def command(program, accel, kernel, initrd):
    return [program, "-accel", accel, "-cpu", "max", "-m", "512", "-nodefaults", "-no-reboot", "-display", "none",
            "-vga", "none", "-serial", "stdio", "-kernel", kernel, "-initrd", initrd,
            "-append", "console=ttyS0 quiet run=true"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kernel", help="bzImage, or vmlinux for PVH")
    parser.add_argument("initrd", help="an initramfs whose /init powers off")
    parser.add_argument("--build", default=os.path.join(HERE, "../build/release"))
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    best = {}
    for _ in range(args.repeat):
        for name, program, accel in (("mullion", os.path.join(args.build, "mullion-system-x86_64"), "soft"),
                                     ("tcg", args.qemu, "tcg")):
            seconds, _ = cpu_seconds(command(program, accel, args.kernel, args.initrd))
            best[name] = min(best.get(name, 1e9), seconds)
    print(f"boot to power-off, CPU s: mullion {best['mullion']:.2f}, tcg {best['tcg']:.2f}, "
          f"ratio {best['mullion'] / best['tcg']:.2f} x tcg")


if __name__ == "__main__":
    sys.exit(main())
