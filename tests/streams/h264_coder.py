# SPDX-License-Identifier: BSD-2-Clause
"""Parameter sets and slice headers of H.264 with any syntax, clause 7.3."""
import random
from dataclasses import dataclass, field

from h264_bits import Bits, nal_unit
from h264_blocks import Blocks

SLICE_TYPES = {"P": 0, "B": 1, "I": 2}
FRAME_NUM_BITS = 5
POC_BITS = 8


@dataclass
class Sequence:
    profile: int = 77
    constraints: int = 0  # constraint_set0_flag is the highest of the eight bits
    width_mbs: int = 6
    height_mbs: int = 4
    references: int = 4
    poc_type: int = 0
    offsets: tuple = ()  # of type 1: offset_for_ref_frame
    offset_non_reference: int = 0
    offset_bottom: int = 0
    deltas: bool = False  # delta_pic_order_always_zero_flag is 0
    gaps: bool = False
    fields: bool = False  # frame_mbs_only_flag is 0
    inference_8x8: bool = True
    bottom_delta: bool = False
    weighted: bool = False
    bipred: int = 0  # weighted_bipred_idc
    reorder: int = 1  # pictures that come before and are shown after one


@dataclass
class Picture:
    """One frame or field."""

    kind: str  # I, P or B
    frame_num: int
    poc: int = 0  # pic_order_cnt_lsb, before it is cut to its bits
    reference: bool = True
    idr: bool = False
    structure: str = "frame"  # or top, bottom
    bottom_delta: int = 0
    deltas: tuple = (0, 0)  # delta_pic_order_cnt, POC type 1
    active: tuple = (1, 1)  # lengths of the reference lists
    usable: tuple = None  # indices that may be referred to; None: all
    lists: tuple = ((), ())  # ref_pic_list_modification: (idc, value)
    marking: tuple = ()  # memory_management_control_operation and its operands
    long_term: bool = False  # of an IDR picture
    no_output: bool = False
    spatial: bool = True
    direct: bool = True
    slices: tuple = field(default=())  # first macroblocks, in the order they are sent


class Coder:
    def __init__(self, sequence, seed):
        self.s = sequence
        self.rng = random.Random(seed)
        self.out = bytearray()
        self.idr_pic_id = 0
        self.parameter_sets()

    def parameter_sets(self):
        s, b = self.s, Bits()
        b.u(8, s.profile)
        b.u(8, s.constraints)
        b.u(8, 30)
        b.ue(0)
        b.ue(FRAME_NUM_BITS - 4)
        b.ue(s.poc_type)
        if s.poc_type == 0:
            b.ue(POC_BITS - 4)
        elif s.poc_type == 1:
            b.flag(not s.deltas)
            b.se(s.offset_non_reference)
            b.se(s.offset_bottom)
            b.ue(len(s.offsets))
            for offset in s.offsets:
                b.se(offset)
        b.ue(s.references)
        b.flag(s.gaps)
        b.ue(s.width_mbs - 1)
        b.ue(s.height_mbs // (2 if s.fields else 1) - 1)
        b.flag(not s.fields)
        if s.fields:
            b.flag(False)  # mb_adaptive_frame_field_flag
        b.flag(s.inference_8x8)
        b.flag(False)  # cropping
        self.usability(b)
        b.trailing()
        self.out += nal_unit(3, 7, b.bytes())

        b = Bits()
        b.ue(0)
        b.ue(0)
        b.flag(False)  # CAVLC
        b.flag(s.bottom_delta)
        b.ue(0)  # slice groups
        b.ue(0)
        b.ue(0)
        b.flag(s.weighted)
        b.u(2, s.bipred)
        b.se(8)  # a high QP: edges are filtered where motion or references differ
        b.se(0)
        b.se(0)
        b.flag(False)
        b.flag(False)
        b.flag(False)
        b.trailing()
        self.out += nal_unit(3, 8, b.bytes())

    def usability(self, b):
        """The part of the VUI that tells players how many pictures to wait for."""
        b.flag(True)
        for _ in range(4):
            b.flag(False)
        b.flag(False)  # timing
        b.flag(False)
        b.flag(False)
        b.flag(False)  # pic_struct
        b.flag(True)
        b.flag(True)
        for value in (0, 0, 10, 10, self.s.reorder, max(1, self.s.references)):
            b.ue(value)

    def add(self, picture):
        macroblocks = self.s.width_mbs * self.s.height_mbs
        if picture.structure != "frame":
            macroblocks //= 2
        if picture.idr:
            self.idr_pic_id = 1 - self.idr_pic_id
        firsts = picture.slices or (0,)
        for first in firsts:
            end = min([f for f in firsts if f > first], default=macroblocks)
            self.slice(picture, first, end - first)

    def slice(self, p, first, count):
        b = Bits()
        self.header(b, p, first)
        usable = p.usable or [list(range(n)) for n in p.active]
        Blocks(b, self.rng, p.active, usable, p.direct).write(p.kind, count)
        b.trailing()
        self.out += nal_unit(int(p.reference), 5 if p.idr else 1, b.bytes())

    def header(self, b, p, first):
        s = self.s
        b.ue(first)
        b.ue(SLICE_TYPES[p.kind])
        b.ue(0)
        b.u(FRAME_NUM_BITS, p.frame_num % (1 << FRAME_NUM_BITS))
        if s.fields:
            b.flag(p.structure != "frame")
            if p.structure != "frame":
                b.flag(p.structure == "bottom")
        if p.idr:
            b.ue(self.idr_pic_id)
        pair = s.bottom_delta and p.structure == "frame"
        if s.poc_type == 0:
            b.u(POC_BITS, p.poc % (1 << POC_BITS))
            if pair:
                b.se(p.bottom_delta)
        elif s.poc_type == 1 and s.deltas:
            b.se(p.deltas[0])
            if pair:
                b.se(p.deltas[1])
        if p.kind == "B":
            b.flag(p.spatial)
        if p.kind != "I":
            self.references(b, p)
        if p.reference:
            self.marking(b, p)
        b.se(0)

    def references(self, b, p):
        lists = range(2 if p.kind == "B" else 1)
        b.flag(True)  # num_ref_idx_active_override_flag
        for which in lists:
            b.ue(p.active[which] - 1)
        for which in lists:
            b.flag(p.lists[which])
            if p.lists[which]:
                for idc, value in p.lists[which]:
                    b.ue(idc)
                    b.ue(value)
                b.ue(3)
        if (p.kind == "P" and self.s.weighted) or (p.kind == "B" and self.s.bipred == 1):
            self.weights(b, p, lists)

    def weights(self, b, p, lists):
        b.ue(5)
        b.ue(4)
        for which in lists:
            for _ in range(p.active[which]):
                for components, one in ((1, 32), (2, 16)):
                    used = self.rng.random() < 0.7
                    b.flag(used)
                    for _ in range(components if used else 0):
                        b.se(one + self.rng.randrange(-9, 10))
                        b.se(self.rng.randrange(-12, 13))

    def marking(self, b, p):
        if p.idr:
            b.flag(p.no_output)
            b.flag(p.long_term)
            return
        b.flag(p.marking)
        if p.marking:
            for operation in p.marking:
                for value in operation:
                    b.ue(value)
            b.ue(0)
