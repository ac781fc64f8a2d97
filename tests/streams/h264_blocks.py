# SPDX-License-Identifier: BSD-2-Clause
"""Macroblocks that an encoder would never choose: samples as they are (I_PCM) and random
motion without a residual, in CAVLC. Whatever a decoder gets wrong about its references, their
order, weights or direct modes, it gets visibly wrong here."""

P_PCM = 5 + 25
B_PCM = 23 + 25
P_8X8, P_8X8_REF0, B_8X8 = 3, 4, 22

# Prediction of the parts of B macroblocks, table 7-14: 0 and 1 are the lists, 2 is both.
B_TWO_PARTS = [(0, 0), (1, 1), (0, 1), (1, 0), (0, 2), (1, 2), (2, 0), (2, 1), (2, 2)]
# Sub-macroblocks: the number of parts in P (table 7-17), list and parts in B (7-18).
P_SUB = [1, 2, 2, 4]
B_SUB = [None, (0, 1), (1, 1), (2, 1), (0, 2), (0, 2), (1, 2), (1, 2), (2, 2), (2, 2), (0, 4), (1, 4), (2, 4)]


class Blocks:
    """Writes the macroblocks of one slice.

    active: the lengths of the two reference lists; usable: for each list the indices that
    may be referred to."""

    def __init__(self, bits, rng, active, usable, direct=True):
        self.bits = bits
        self.rng = rng
        self.active = active
        self.usable = usable
        self.direct = direct

    def write(self, slice_type, count):
        if slice_type == "I":
            for _ in range(count):
                self.bits.ue(25)
                self.samples()
            return
        skippable = self.usable[0][:1] == [0] if slice_type == "P" else self.direct
        left = count
        while left:
            skipped = min(left, self.rng.choice((0, 0, 0, 1, 3))) if skippable else 0
            self.bits.ue(skipped)
            left -= skipped
            if left:
                (self.p_block if slice_type == "P" else self.b_block)()
                left -= 1

    def samples(self):
        self.bits.align()
        base, slope = self.rng.randrange(40, 200), self.rng.randrange(-3, 4)
        noise = self.rng.choice((1, 8, 40))
        data = bytearray()
        for size in (16, 8, 8):
            for y in range(size):
                for x in range(size):
                    value = base + slope * (x - y) + self.rng.randrange(noise)
                    data.append(max(1, min(254, value)))
            base = self.rng.randrange(60, 190)
        self.bits.raw(data)

    def reference(self, which):
        self.bits.te(self.active[which] - 1, self.rng.choice(self.usable[which]))

    def motion(self):
        for _ in range(2):
            self.bits.se(self.rng.choice((0, 0, -1, 2, -5, 7, -14, 18)))

    def no_residual(self):
        self.bits.ue(0)

    def p_block(self):
        kind = self.rng.choice((0, 0, 0, 1, 2, P_8X8, P_PCM))
        if kind == P_8X8 and self.usable[0][:1] == [0] and self.rng.random() < 0.3:
            kind = P_8X8_REF0
        self.bits.ue(kind)
        if kind == P_PCM:
            self.samples()
            return
        motions = [1] if kind == 0 else [1, 1]
        if kind >= P_8X8:
            subs = [self.rng.randrange(4) for _ in range(4)]
            for sub in subs:
                self.bits.ue(sub)
            motions = [P_SUB[sub] for sub in subs]
        if kind != P_8X8_REF0:
            for _ in motions:
                self.reference(0)
        for _ in range(sum(motions)):
            self.motion()
        self.no_residual()

    def b_block(self):
        kinds = [1, 2, 3, "two", "two", B_8X8, B_PCM] + ([0, 0] if self.direct else [])
        kind = self.rng.choice(kinds)
        if kind == "two":
            kind = 4 + self.rng.randrange(2 * len(B_TWO_PARTS))
        self.bits.ue(kind)
        if kind == B_PCM:
            self.samples()
            return
        parts = []  # list and number of vectors
        if kind == B_8X8:
            subs = [self.rng.randrange(0 if self.direct else 1, 13) for _ in range(4)]
            for sub in subs:
                self.bits.ue(sub)
            parts = [B_SUB[sub] for sub in subs if sub]
        elif kind >= 4:
            parts = [(which, 1) for which in B_TWO_PARTS[(kind - 4) // 2]]
        elif kind:
            parts = [(kind - 1, 1)]
        for which in range(2):
            for used, _ in parts:
                if used in (which, 2):
                    self.reference(which)
        for which in range(2):
            for used, vectors in parts:
                if used in (which, 2):
                    for _ in range(vectors):
                        self.motion()
        self.no_residual()
