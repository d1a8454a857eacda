# Unpacks the ELF kernel inside a Linux bzImage, by the boot protocol's payload fields.
# SPDX-License-Identifier: Apache-2.0
import gzip
import lzma
import struct


def unpack(bzimage):
    """The vmlinux of a bzImage (Linux boot protocol 2.08 or later, xz or gzip payload)."""
    if bzimage[0x202:0x206] != b"HdrS":
        raise ValueError("not a Linux bzImage")
    setup_sectors = bzimage[0x1F1] or 4
    offset, length = struct.unpack_from("<II", bzimage, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = bzimage[start:start + length]
    if payload.startswith(b"\xfd7zXZ\0"):
        unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ)
        return unpacker.decompress(payload)
    if payload.startswith(b"\x1f\x8b"):
        return gzip.decompress(payload[:-4])  # the last four bytes are the unpacked size
    raise ValueError("the payload is neither xz nor gzip")
