# SPDX-License-Identifier: BSD-2-Clause
"""Bits of H.264: writing syntax elements and NAL units."""


class Bits:
    """A bit string that grows at its end; the descriptors are those of clause 7.2."""

    def __init__(self):
        self.parts = []
        self.length = 0

    def u(self, count, value):
        if not 0 <= value < 1 << count:
            raise ValueError(f"{value} does not fit into {count} bits")
        if count:
            self.parts.append(format(value, f"0{count}b"))
            self.length += count

    def flag(self, value):
        self.u(1, 1 if value else 0)

    def ue(self, value):
        size = (value + 1).bit_length()
        self.u(2 * size - 1, value + 1)

    def se(self, value):
        self.ue(2 * value - 1 if value > 0 else -2 * value)

    def te(self, largest, value):
        if largest == 1:
            self.u(1, 1 - value)
        elif largest > 1:
            self.ue(value)

    def align(self):
        self.u(-self.length % 8, 0)

    def raw(self, data):
        """Bytes, at a byte boundary."""
        assert self.length % 8 == 0
        self.parts.append("".join(format(byte, "08b") for byte in data))
        self.length += 8 * len(data)

    def trailing(self):
        self.u(1, 1)
        self.align()

    def bytes(self):
        text = "".join(self.parts)
        assert len(text) % 8 == 0
        return int("1" + text, 2).to_bytes(len(text) // 8 + 1, "big")[1:]


def nal_unit(ref_idc, unit_type, rbsp):
    """With a start code and the bytes that keep start codes out of it (7.4.1)."""
    out = bytearray(b"\0\0\0\1")
    out.append(ref_idc << 5 | unit_type)
    zeros = 0
    for byte in rbsp:
        if zeros == 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)
