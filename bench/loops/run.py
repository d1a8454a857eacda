#!/usr/bin/env python3
# Times each loop natively, in Mullion and in QEMU's TCG: CPU time, interleaved rounds, minima; prints ratios.
# SPDX-License-Identifier: Apache-2.0
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
INTEGER = ["sieve", "sha256", "crc32", "chase", "qsort", "hash", "bytecode", "calls", "fib"]
VECTOR = ["sse_copy", "double", "matmul_sse2", "matmul_fma", "matmul_avx512", "x87", "rep_movsb"]


def cpu_seconds(command):
    """User and system time of one run, and what it printed; trace lines apart."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(write, 1)
        os.dup2(write, 2)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.close(read)
        os.execvp(command[0], command)
    os.close(write)
    text = b""
    while chunk := os.read(read, 4096):
        text += chunk
    os.close(read)
    _, _, usage = os.wait4(pid, 0)
    lines = [line for line in text.decode(errors="replace").split("\n") if line.strip()]
    traced = next((line for line in lines if line.startswith("soft_vcpu_end")), "")
    if traced:
        cpu_seconds.instructions = int(traced.split()[2])
    return usage.ru_utime + usage.ru_stime, "\n".join(line for line in lines if line != traced)


def machine(program, accel, elf, loop, rounds):
    return [program, "-accel", accel, "-cpu", "max", "-m", "64", "-nodefaults", "-no-reboot", "-display", "none", "-vga", "none",
            "-kernel", elf, "-append", f"{loop} {rounds}", "-chardev", "stdio,id=c",
            "-device", "isa-debugcon,iobase=0xe9,chardev=c", "-device", "isa-debug-exit,iobase=0xf4"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(HERE, "../../build/release"))
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--native-seconds", type=float, default=0.15, help="native time to aim at for each loop")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("loops", nargs="*", default=INTEGER + VECTOR)
    args = parser.parse_args()
    native = os.path.join(args.build, "bench/loops_native")
    elf = os.path.join(args.build, "bench/loops.elf")
    mullion = os.path.join(args.build, "mullion-system-x86_64")

    runners = {"mullion": lambda l, n: machine(mullion, "soft", elf, l, n) + ["-trace", "soft_vcpu_end"]}
    if args.qemu:
        runners["tcg"] = lambda l, n: machine(args.qemu, "tcg", elf, l, n)
    empty = {name: min(cpu_seconds(run("fib", 0))[0] for _ in range(args.repeat)) for name, run in runners.items()}
    print("start to exit, CPU ms: " + ", ".join(f"{k} {v * 1000:.0f}" for k, v in empty.items()))
    cpu_seconds(runners["mullion"]("fib", 0))
    start = cpu_seconds.instructions
    print(f"{'loop':14} {'native ms':>10} {'guest M insn/s':>15} " + " ".join(f"{k + ' x native':>18}" for k in runners)
          + "   tcg / mullion")
    for loop in args.loops:
        rounds = 1
        while True:
            seconds, want = cpu_seconds([native, loop, str(rounds)])
            if seconds > args.native_seconds / 3:
                break
            rounds *= 4
        best = {"native": seconds}
        for _ in range(args.repeat):
            best["native"] = min(best["native"], cpu_seconds([native, loop, str(rounds)])[0])
            for name, run in runners.items():
                seconds, got = cpu_seconds(run(loop, rounds))
                if name == "mullion":
                    executed = cpu_seconds.instructions - start
                if got != want:
                    best[name] = None
                    continue
                if best.get(name, 0) is not None:
                    best[name] = min(best.get(name, 1e9), max(seconds - empty[name], 1e-4))
        cells = [f"{best[k] / best['native']:18.2f}" if best[k] else f"{'wrong result':>18}" for k in runners]
        gain = f"{best['tcg'] / best['mullion']:10.2f}" if best.get("tcg") and best.get("mullion") else ""
        rate = f"{executed / best['mullion'] / 1e6:15.0f}" if best.get("mullion") else f"{'':15}"
        print(f"{loop:14} {best['native'] * 1000:10.1f} {rate} " + " ".join(cells) + gain, flush=True)


if __name__ == "__main__":
    sys.exit(main())
