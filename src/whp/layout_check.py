#!/usr/bin/env python3
# Compares our WHP headers with those of mingw-w64: every constant, size, offset and bit field, by static assertions.
# SPDX-License-Identifier: Apache-2.0
"""usage: layout_check.py CROSS-COMPILER MINGW-INCLUDE

Names that the other headers lack are counted, not compared. Ends with 77 where the compiler or the headers are not
installed, so that the test counts as skipped.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent / "include"
OURS = ["WinHvPlatformDefs.h", "WinHvEmulation.h"]
THEIRS = ["winhvplatformdefs.h", "winhvemulation.h"]


def clean(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S).replace("__C89_NAMELESS", "")
    text = re.sub(r"#ifdef __x86_64__\n(.*?)#else\n.*?#endif\n", r"\1", text, flags=re.S)
    return re.sub(r"#ifdef __x86_64__\n(.*?)#endif\n", r"\1", text, flags=re.S)


def blocks(text):
    """(kind, name, body) of each typedef of an enum, a struct or a union."""
    for match in re.finditer(r"typedef\s+(enum|struct|union)\b[^{;]*\{", text):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        name = re.match(r"\s*(\w+)", text[end:])[1]
        yield match[1], name, text[match.end():end - 1]


def bit_fields(body):
    """(base type, name, width) in their order."""
    fields = []
    for statement in re.split(r"[;{}]", body):
        statement = " ".join(statement.split())
        if ":" not in statement:
            continue
        base, rest = statement.split(" ", 1)
        for item in rest.split(","):
            name, width = (part.strip() for part in item.split(":"))
            fields.append((base, name, int(width)))
    return fields


def plain_members(body):
    """Members of the outermost level, unnamed structs and unions included, that are no bit fields."""
    names = []
    for statement in re.split(r"[;{}]", body):
        statement = " ".join(statement.split())
        match = re.match(r"^(?:const )?\w+[ *]+(\w+)(?:\[\w+\])?$", statement)
        if ":" not in statement and match and match[1] not in ("struct", "union"):
            names.append(match[1])
    return names


def main():
    compiler, include = sys.argv[1], pathlib.Path(sys.argv[2])
    if shutil.which(compiler) is None or not (include / THEIRS[0]).exists():
        print("no mingw-w64 here")
        return 77
    ours = clean("\n".join((HERE / f).read_text() for f in OURS))
    theirs = clean("\n".join((include / f).read_text() for f in THEIRS))
    their_words = set(re.findall(r"\w+", theirs))
    their_bits = {name: bit_fields(body) for kind, name, body in blocks(theirs) if kind != "enum"}
    checks, only_ours, wrong = [], 0, []
    their_types = {name for _, name, _ in blocks(theirs)}
    for kind, name, body in blocks(ours):
        if kind == "enum":
            for constant in re.findall(r"(\w+)(?:\s*=[^,}]*)?\s*(?:,|$)", body.strip()):
                if constant in their_words and not constant.startswith("PowerDevice"):
                    checks.append(f"(long long)ours::{constant} == (long long)::{constant}")
                else:
                    only_ours += 1
        if name not in their_types:
            continue
        checks.append(f"sizeof(ours::{name}) == sizeof(::{name})")
        checks.append(f"alignof(ours::{name}) == alignof(::{name})")
        if kind == "enum":
            continue
        if bit_fields(body) != their_bits[name]:
            wrong.append(f"bit fields of {name} differ: {bit_fields(body)} {their_bits[name]}")
        flat = re.sub(r"\{[^{}]*\}\s*\w+", "", body)  # named inner structs: their members are not ours
        for member in plain_members(flat):
            checks.append(f"offsetof(ours::{name}, {member}) == offsetof(::{name}, {member})")
    source = "#include <cstdint>\n#include <cstddef>\n#include <cassert>\n#include <windows.h>\n"
    source += "#include <winhvplatform.h>\n#include <winhvemulation.h>\n#define WHV_API\n#undef VOID\n"
    source += 'namespace ours {\nextern "C++" {\n#include "WinHvEmulation.h"\n}\n}\n'
    source += "\n".join(f'static_assert({check}, "{check}");' for check in checks) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "layout.cpp"
        path.write_text(source)
        result = subprocess.run([compiler, "-std=c++20", "-w", "-fsyntax-only", "-D_WIN32_WINNT=0x0A00", f"-I{HERE}",
                                 str(path)], capture_output=True, text=True)
    for line in wrong:
        print(line)
    print(result.stderr, end="")
    print(f"{len(checks)} assertions, {len(their_bits)} types with bit fields compared, {only_ours} constants are ours alone")
    return 1 if wrong or result.returncode or len(checks) < 1000 else 0


sys.exit(main())
