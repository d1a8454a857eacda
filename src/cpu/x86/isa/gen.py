#!/usr/bin/env python3
# Turns the opcode table (*.tbl, see FORMAT.md) into C++: forms, decode tables, handler tables, and the coverage page.
# SPDX-License-Identifier: Apache-2.0
import argparse
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
SEM = HERE.parent / 'sem'

NEEDS = {  # attribute word -> Condition
    'cpl0': 'kNeedsCpl0', 'pe': 'kNeedsProtected', 'x87': 'kNeedsX87', 'wait': 'kNeedsWait', 'mmx': 'kNeedsMmx',
    'sse': 'kNeedsSse', 'avx': 'kNeedsAvx', 'avx512': 'kNeedsAvx512', 'opmask': 'kNeedsOpmask',
    'xsave': 'kNeedsXsave', 'umip': 'kNeedsUmip', 'lm': 'kNeedsLongMode', 'ts0': 'kNeedsTs0', 'vexgpr': 'kNeedsVecGpr',
}
ATTRIBUTES = {  # attribute word -> Attribute
    'lock': 'kLockable', 'ends': 'kEndsBlock', 'native': 'kNative', 'align': 'kAlign', 'rep': 'kTakesRep',
    'complex': 'kComplex', 'ud': 'kUndefined', 'refused': 'kRefused', 'mod3': 'kModIgnored', 'nowait': 'kX87NoWait',
    'near': 'kNearBranch', 'else': 'kElse', 'addr': 'kAddressOnly', 'kreq': 'kMaskRequired', 'vsib': 'kVsib',
}
IMPLICIT = {  # attribute word -> Implicit (read and written)
    'ix87': 'kImplicitX87', 'imxcsr': 'kImplicitMxcsr', 'ivec': 'kImplicitVectors', 'segs': 'kImplicitSegments',
    'tables': 'kImplicitTables', 'control': 'kImplicitControl', 'imsr': 'kImplicitMsr', 'stack': 'kImplicitStack',
    'xcr0': 'kImplicitXcr0', 'pkru': 'kImplicitPkru', 'ixmm0': 'kImplicitXmm0',
}
# Words that only the decoder looks at: d64, f64 (operand size), norexb, nocs, wig32, xlat (DS:rBX operand), seg (an
# override has a meaning without ModRM), distinct (gather registers must differ), lockcr8 (AMD: LOCK names CR8); ro, wo,
# rw: the memory operand is read, written, both, where that does not follow from its place.
DECODE = {'d64', 'f64', 'norexb', 'nocs', 'wig32', 'xlat', 'seg', 'distinct', 'lockcr8', 'ro', 'wo', 'rw'}
GPR = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'] + ['r%d' % n for n in range(8, 16)]
FLAGS = {'C': 0, 'P': 2, 'A': 4, 'Z': 6, 'S': 7, 'T': 8, 'I': 9, 'D': 10, 'O': 11}
SREG = ['ES', 'CS', 'SS', 'DS', 'FS', 'GS']
PREFIX = {'NP': 0, '66': 1, 'F3': 2, 'F2': 3}
# FIXED: register operands named by the opcode: name -> (C++ width, number).
FIXED = {'AL': ('u8', 0), 'CL': ('u8', 1), 'AX': ('u16', 0), 'DX': ('u16', 2), 'rAX': ('Size', 0), 'eAX': ('Z', 0),
         'rDX': ('Size', 2), 'EAX': ('u32', 0), 'AH': ('u8', 20)}
MEMSIZE = {  # size letters of a memory operand -> MemSize
    'b': 'B1', 'w': 'B2', 'd': 'B4', 'q': 'B8', 'dq': 'B16', 'qq': 'B32', 'oq': 'B64', 't': 'B10',
    'v': 'OpSize', 'z': 'OpSizeMax4', 'y': 'OpSize', 'a': 'OpSizePair', 'p': 'FarPointer', 's': 'TableRegister',
    'x': 'Vector', 'hx': 'VectorHalf', 'qx': 'VectorQuarter', 'ex': 'VectorEighth', 'sh': 'B2', 'ss': 'B4', 'sd': 'B8',
    '': 'None', 'r': 'None', 'm': 'None',
}


class TableError(Exception):
    pass


class Operand:
    """One operand: letter (addressing), size, decorations."""

    def __init__(self, text):
        self.text = text
        self.decorations = re.findall(r'\{(\w+)\}', text)
        body = re.sub(r'\{\w+\}', '', text)
        self.name = body
        self.letter, self.size = '', ''
        if body in FIXED or body in SREG or body in ('1', 'ST0', 'STi', 'XMM0'):
            self.letter = 'STi' if body == 'STi' else 'fixed'
        else:
            m = re.fullmatch(r'(Kreg|Kvvvv|Krm|VM|TMreg|TMrm|TMvvvv|[A-Z])([a-z0-9]*)', body)
            if not m:
                raise TableError('operand ' + text)
            self.letter, self.size = m.group(1), m.group(2)
        # Where the register number or value comes from.
        self.modrm_mem = self.letter in 'EMWQ' or self.letter in ('VM',)
        self.modrm_reg_only = self.letter in ('R', 'U', 'N', 'STi', 'Krm', 'TMrm')
        self.modrm_both = self.letter in ('E', 'W', 'Q')


class Form:
    def __init__(self, line, where):
        columns = [c.strip() for c in line.split('|')]
        if len(columns) != 8:
            raise TableError('%d columns' % len(columns))
        self.where = where
        self.mnemonic, self.encoding, ops, self.modes_text, cpuid, attrs, flags, self.function = columns
        self.operands_text = '' if ops == '-' else ops
        self.operands = [Operand(o) for o in self.operands_text.split(',')] if self.operands_text else []
        self.modes = {'*': 7, '64': 4, '!64': 3}[self.modes_text]
        self.features = [] if cpuid == '-' else cpuid.split('+')
        self.parse_attributes(attrs)
        self.parse_flags(flags)
        self.parse_encoding()
        self.check()

    def parse_attributes(self, text):
        self.words, self.needs, self.attributes, self.implicit = set(), [], [], [[], []]
        self.tuple = ''
        for word in ([] if text == '-' else text.split()):
            self.words.add(word)
            if m := re.fullmatch(r'i([rw]?):(\w+)', word):
                which = {'': (0, 1), 'r': (0,), 'w': (1,)}[m.group(1)]
                for w in which:
                    self.implicit[w] += ['0xFFFF'] if m.group(2) == 'all' else ['1u << %d' % GPR.index(m.group(2))]
            elif m := re.fullmatch(r'tuple=(\w+)', word):
                self.tuple = m.group(1)
            elif word in NEEDS:
                self.needs.append(NEEDS[word])
            elif word in ATTRIBUTES:
                self.attributes.append(ATTRIBUTES[word])
            elif word in IMPLICIT:
                self.implicit[0].append(IMPLICIT[word])
                self.implicit[1].append(IMPLICIT[word])
            elif word not in DECODE:
                raise TableError('attribute ' + word)

    def parse_flags(self, text):
        self.flags = {'r': 0, 'w': 0, 'u': 0}
        for word in ([] if text == '-' else text.split()):
            kind, letters = word.split(':')
            bits = 0x254FD5 | 0x3000 if letters == 'all' else sum(1 << FLAGS[c] for c in letters)
            self.flags[kind] |= bits

    def parse_encoding(self):
        self.prefix = self.w = self.digit = self.fixed_modrm = None
        self.has_r = self.plus_r = self.plus_cc = self.any_opcode = False
        self.vex, self.length = '', None
        words = self.encoding.split()
        if m := re.fullmatch(r'(VEX|EVEX)\.(\w+)\.(\w+)\.(\w+)\.(\w+)', words[0]) or re.fullmatch(
                r'(VEX|EVEX)\.(\w+)\.(\w+)\.(\w+)()', words[0]):
            self.vex, self.length = m.group(1), m.group(2)
            self.prefix = PREFIX[m.group(3)]
            self.map = {'0F': 1, '0F38': 2, '0F3A': 3, 'MAP5': 5, 'MAP6': 6}[m.group(4)]
            self.w = {'W0': 0, 'W1': 1}.get(m.group(5))
            words = words[1:]
        elif m := re.fullmatch(r'XOP\.(\w)', words[0]):
            self.vex, self.length, self.map = 'XOP', 'LIG', {'8': 0, '9': 1, 'A': 2}[m.group(1)]
            words = words[1:]
        elif words[0] == 'NP' or (words[0] in PREFIX and len(words) > 1 and (words[1] in ('0F', '90', 'W0', 'W1'))):
            self.prefix = PREFIX[words.pop(0)]
        if words[0] in ('W0', 'W1'):
            self.w = int(words.pop(0)[1])
        opcode = []
        while words and re.fullmatch(r'[0-9A-F]{2}', words[0]):
            opcode.append(int(words.pop(0), 16))
        if words and words[0] == '**':
            self.any_opcode = True
            words.pop(0)
            opcode.append(0)
        if not self.vex:
            self.map = 0
            if opcode[0] == 0x0F and len(opcode) > 1:
                opcode.pop(0)
                self.map = 1
                if opcode[0] in (0x38, 0x3A) and len(opcode) > 1:
                    self.map = {0x38: 2, 0x3A: 3}[opcode.pop(0)]
        if len(opcode) != 1:
            raise TableError('opcode bytes')
        self.opcode = opcode[0]
        for word in words:
            if word == '/r':
                self.has_r = True
            elif m := re.fullmatch(r'/([0-7])', word):
                self.digit = int(m.group(1))
            elif m := re.fullmatch(r'\(([0-9A-F]{2})\)', word):
                self.fixed_modrm = int(m.group(1), 16)
            elif word == '+r':
                self.plus_r = True
            elif word == '+cc':
                self.plus_cc = True
            else:
                raise TableError('encoding word ' + word)
        self.modrm = self.has_r or self.digit is not None or self.fixed_modrm is not None

    def check(self):
        rm = [o for o in self.operands if o.modrm_mem or o.modrm_reg_only or o.modrm_both]
        if (rm or any(o.letter in 'GVPSCD' and len(o.letter) == 1 for o in self.operands)) and not self.modrm:
            raise TableError('operands need /r')
        self.rm = rm[0] if rm else None
        if len(rm) > 1:
            raise TableError('two r/m operands')
        if self.function != '-' and not re.fullmatch(r'[a-z0-9]+\.[a-z0-9_]+', self.function):
            raise TableError('function ' + self.function)
        if self.function == '-' and not self.words & {'native', 'ud', 'refused'}:
            raise TableError('no function')
        self.family, self.name = self.function.split('.') if self.function != '-' else ('', '')

    # ModRM kinds that the operands allow: 0 register (or no ModRM), 1 memory.
    def kinds(self):
        if any(o.letter in 'OXY' for o in self.operands) or 'xlat' in self.words:
            return [1]
        if not self.modrm or self.rm is None or 'mod3' in self.words:
            return [0]
        if self.rm.modrm_reg_only:
            return [0]
        return [0, 1] if self.rm.modrm_both else [1]

    def attribute_list(self):
        a = list(self.attributes)
        decorations = [d for o in self.operands for d in o.decorations]
        if any(re.fullmatch(r'b\d+', d) for d in decorations): a.append('kBroadcast')
        if 'er' in decorations: a.append('kRounding')
        if 'sae' in decorations: a.append('kSae')
        if 'k' in decorations or 'kz' in decorations: a.append('kMasking')
        if 'kz' in decorations: a.append('kZeroing')
        if self.vex == 'EVEX' and self.length in ('L', '128', '256') : a.append('kVectorLength')
        if any(o.letter == 'VM' for o in self.operands): a.append('kVsib')
        reads, writes = self.memory_use()
        if writes: a.append('kMemWrite')
        if reads: a.append('kMemRead')
        return sorted(set(a), key=a.index)

    def memory_use(self):
        """Whether the memory operand is read, written: a first operand both, any other read, unless a word says so."""
        if 1 not in self.kinds() or 'addr' in self.words: return False, False
        for word, use in (('ro', (True, False)), ('wo', (False, True)), ('rw', (True, True))):
            if word in self.words: return use
        return True, any(o.modrm_mem or o.letter in 'OXY' for o in self.operands[:1])

    def memsize(self):
        for o in self.operands:
            if o.modrm_mem or o.letter in 'OXY':
                return MEMSIZE[o.size]
        return 'B1' if 'xlat' in self.words else 'None'

    def broadcast(self):
        for o in self.operands:
            for d in o.decorations:
                if m := re.fullmatch(r'b(\d+)', d):
                    return int(m.group(1)) // 8
        return 0

    # --- semantic instances -------------------------------------------------------------------------------------
    def sized(self):
        """Whether the semantic function depends on the operand size."""
        by_size = ('v', 'z', 'y', 'p', 'a', 's', 'bs', 'm', 'r')
        if any(o.size in by_size or o.name in ('rAX', 'eAX', 'rDX') for o in self.operands): return True
        if not self.operands: return True
        first = self.operands[0]
        if first.name in ('AL', 'AX', 'EAX'): return False
        return not (first.letter in 'EGMRZB' and first.size in ('b', 'w', 'd', 'q'))

    def kind(self, o, size, mem):
        """The operand accessor of sem/operands.hpp."""
        first = self.operands[0]
        width = {'b': 'u8', 'w': 'u16', 'd': 'u32', 'q': 'u64', 'v': size, 'z': 'u16' if size == 'u16' else 'u32',
                 'y': 'u64' if size == 'u64' else 'u32'}.get(o.size)
        if o.letter == 'I':
            if o.size == 'b': return 'Imm<u8>'
            if o.size == 'w': return 'Imm<u16>'
            return 'Imm<%s>' % size
        if o.name == '1': return 'Const<u8, 1>'
        if o.name in FIXED:
            w, n = FIXED[o.name]
            w = {'Size': size, 'Z': 'u16' if size == 'u16' else 'u32'}.get(w, w)
            return 'FixedReg<%s, %d>' % (w, n)
        if width is None: return 'Raw'
        if o.letter == 'G': return 'RegReg<%s>' % width
        if o.letter == 'B': return 'VexReg<%s>' % width
        if o.letter in ('Z', 'R'): return 'RmReg<%s>' % width
        if o.letter == 'E': return ('Mem<%s>' if mem else 'RmReg<%s>') % width
        if o.letter in ('M', 'O'): return 'Mem<%s>' % width
        return 'Raw'

    def instance(self, opsize, mem):
        """Template arguments for operand size 16, 32, 64 and ModRM kind, or None where they cannot occur."""
        if mem not in self.kinds(): return None
        if opsize == 64 and not self.modes & 4: return None
        size = 'u%d' % (opsize if self.sized() else 32)
        return ', '.join(['Operands<' + size] + [self.kind(o, size, mem) for o in self.operands]) + '>'


def load(paths):
    forms = []
    for path in sorted(paths):
        for number, line in enumerate(open(path), 1):
            line = line.split('#')[0].strip()
            if not line: continue
            where = '%s:%d' % (pathlib.Path(path).name, number)
            try:
                forms.append(Form(line, where))
            except (TableError, KeyError, ValueError, IndexError) as e:
                sys.exit('%s: %s: %s' % (where, e, line))
    return forms


# --- decode tables --------------------------------------------------------------------------------------------------
# Selector bits: the decoder computes one word from prefixes, ModRM and mode; an entry applies when the masked word is
# its value. Must agree with decode/tables.hpp.
SEL = {  # field -> first bit, bits
    'prefix': (0, 2), 'mod3': (2, 1), 'reg': (3, 3), 'rm': (6, 3), 'w': (9, 1), 'l': (10, 2), 'mode': (12, 2),
    'rexb': (14, 1),
}


class Entry:
    def __init__(self):
        self.mask = self.value = 0

    def want(self, field, value):
        shift, bits = SEL[field]
        self.mask |= ((1 << bits) - 1) << shift
        self.value |= value << shift

    def copy(self):
        e = Entry()
        e.mask, e.value = self.mask, self.value
        return e


IMM = {'': 'None', 'b': 'U8', 'bs': 'S8', 'w': 'U16', 'z': 'Z', 'v': 'V'}


def immediate(form):
    kinds = []
    for o in form.operands:
        if o.letter == 'I': kinds.append(IMM[o.size])
        elif o.letter == 'J': kinds.append({'b': 'S8', 'z': 'Z'}[o.size])
        elif o.letter == 'A': kinds.append('Far')
        elif o.letter == 'O': kinds.append('Moffs')
        elif o.letter == 'L': kinds.append('U8')
    if kinds == ['U16', 'U8']: return 'Enter'
    if kinds == ['U8', 'U8']: return 'TwoBytes'
    if len(kinds) > 1: raise TableError('immediates of ' + form.where)
    return kinds[0] if kinds else 'None'


def size_rule(form):
    names = [o.size for o in form.operands]
    if 'r' in names: return 'Native'          # 32, or 64 in 64-bit code, whatever the prefixes say
    if 'm' in names: return 'Native'
    if 'd64' in form.words: return 'Default64'
    if 'f64' in form.words: return 'Force64'
    if form.vex: return 'RexW'
    if form.prefix == PREFIX['66'] and form.map >= 2 and 'v' not in names: return 'RexW'  # 66 is part of the opcode
    if 'y' in names and 'v' not in names and not any(o.name in FIXED for o in form.operands): return 'RexW'
    return 'Normal'


DISP8 = {  # tuple attribute -> Disp8
    '': 'None', 'FV': 'Full', 'HV': 'Half', 'FVM': 'FullMem', 'T1S': 'T1S', 'T2': 'T2', 'T4': 'T4', 'T8': 'T8',
    'HVM': 'HalfMem', 'QVM': 'QuarterMem', 'OVM': 'EighthMem', 'M128': 'Mem128', 'DUP': 'Dup',
    'S8': 'S8', 'S16': 'S16', 'S32': 'S32', 'S64': 'S64',
}
CLASSES = {  # operand letter -> Class
    'V': 'Vector', 'W': 'Vector', 'U': 'Vector', 'H': 'Vector', 'VM': 'Vector', 'P': 'Mmx', 'Q': 'Mmx', 'N': 'Mmx',
    'STi': 'Mmx', 'Kreg': 'Mask', 'Krm': 'Mask', 'Kvvvv': 'Mask', 'S': 'Segment', 'C': 'Control', 'D': 'Debug',
    'TMreg': 'Tile', 'TMrm': 'Tile', 'TMvvvv': 'Tile',
}
WORD_FLAGS = {  # attribute word -> EntryFlag
    'lock': 'kLockOk', 'mod3': 'kNoMod', 'nocs': 'kNotCs', 'else': 'kNeedsFeature', 'distinct': 'kDistinct',
    'near': 'kNear', 'rep': 'kRepPrefix', 'kreq': 'kNeedsMask', 'xlat': 'kXlat', 'lockcr8': 'kLockCr8',
}
EVEX_FLAGS = {  # Attribute -> EntryFlag
    'kMasking': 'kMaskOk', 'kZeroing': 'kZeroOk', 'kBroadcast': 'kBroadcastOk', 'kRounding': 'kRoundOk',
    'kSae': 'kRoundOk',
}


def register_class(o):
    if o is None: return 'None'
    if o.letter in ('G', 'E', 'R', 'B', 'Z'): return 'Byte' if o.size == 'b' else 'Gpr'
    return CLASSES.get(o.letter, 'None')


def entry_tail(form, number):
    """An Entry without its mask and value."""
    first = lambda letters: next((o for o in form.operands if o.letter in letters), None)
    reg = first(('G', 'V', 'P', 'S', 'C', 'D', 'Kreg', 'TMreg'))
    rm = form.rm or first(('Z',))
    vvvv = first(('B', 'H', 'Kvvvv', 'TMvvvv'))
    flags = []
    if form.vex in ('VEX', 'EVEX') and vvvv is None: flags.append('kVvvvUnused')
    if form.modrm: flags.append('kHasModrm')
    flags += [flag for word, flag in WORD_FLAGS.items() if word in form.words]
    if form.prefix is not None and form.prefix >= 2 and not form.vex: flags.append('kRepIsOpcode')
    if first('X'): flags.append('kStringSource')
    if first('Y'): flags.append('kStringDest')
    if form.rm is not None and form.rm.letter == 'VM': flags.append('kVsibIndex')
    attributes = form.attribute_list()
    flags += dict.fromkeys(flag for a, flag in EVEX_FLAGS.items() if a in attributes)
    if form.operands and form.operands[0].modrm_mem: flags.append('kMemDest')
    if form.length == 'LIG': flags.append('kScalar')
    return '%d, Imm::%s, Size::%s, Disp8::%s, %d, Class::%s, Class::%s, Class::%s, %s' % (
        number, immediate(form), size_rule(form), DISP8[form.tuple], form.broadcast(), register_class(reg),
        register_class(rm), register_class(vvvv), ' | '.join(flags) or '0')


def entries_of(form):
    base = Entry()
    if form.prefix is not None: base.want('prefix', form.prefix)
    if form.digit is not None: base.want('reg', form.digit)
    if form.fixed_modrm is not None:
        base.want('mod3', 1 if form.fixed_modrm >= 0xC0 else 0)
        base.want('reg', (form.fixed_modrm >> 3) & 7)
        base.want('rm', form.fixed_modrm & 7)
    elif form.modrm and 'mod3' not in form.words and form.rm is not None:
        kinds = form.kinds()
        if kinds == [0]: base.want('mod3', 1)
        if kinds == [1]: base.want('mod3', 0)
    if 'norexb' in form.words: base.want('rexb', 0)
    if form.length in ('L0', '128'): base.want('l', 0)
    if form.length in ('L1', '256'): base.want('l', 1)
    if form.length == '512': base.want('l', 2)
    # Outside 64-bit code REX does not exist and W of VEX and EVEX does not choose general registers.
    variants = []
    if form.modes == 7 and not ('wig32' in form.words and form.w is not None):
        variants.append(base)
    else:
        for mode in (0, 1, 2):
            if not form.modes >> mode & 1: continue
            e = base.copy()
            e.want('mode', mode)
            e.ignore_w = 'wig32' in form.words and mode != 2
            variants.append(e)
    for e in variants:
        if form.w is not None and not getattr(e, 'ignore_w', False): e.want('w', form.w)
    return variants


def decode_tables(forms):
    maps = {}
    for number, form in enumerate(forms):
        opcodes = [form.opcode]
        if form.plus_r: opcodes = range(form.opcode, form.opcode + 8)
        if form.plus_cc: opcodes = range(form.opcode, form.opcode + 16)
        if form.any_opcode: opcodes = range(256)
        key = (form.vex or 'Legacy', form.map)
        for opcode in opcodes:
            maps.setdefault(key, {}).setdefault(opcode, []).append((number, form, entries_of(form)))
    entries, lists = [], {}

    def entry_list(candidates):
        """Offset and count of consecutive entries; equal lists are stored once."""
        flat = []
        for number, form, es in candidates:
            for e in es: flat.append((bin(e.mask).count('1'), e, number, form))
        # More constrained entries first; the table's order decides among equals.
        order = sorted(range(len(flat)), key=lambda k: ((0 if 'else' in flat[k][3].words else 1), -flat[k][0], k))
        # A form with `else` must precede what it falls back to, which is less constrained anyway.
        flat = [flat[k] for k in order]
        text = tuple('  {0x%X, 0x%X, %s},' % (e.mask, e.value, entry_tail(form, number)) for _, e, number, form in flat)
        if text not in lists:
            lists[text] = len(entries)
            entries.extend(text)
        return lists[text], len(text)

    def row(opcode_candidates):
        by_reg = any(e.mask >> 3 & 7 for _, _, es in opcode_candidates for e in es)
        modrm = any(f.modrm for _, f, _ in opcode_candidates)
        if modrm and not all(f.modrm for _, f, _ in opcode_candidates):
            sys.exit('%s: some forms of the opcode have ModRM' % opcode_candidates[0][1].where)
        if not by_reg: return (entry_list(opcode_candidates) + (0,), modrm)
        subs = []
        for reg in range(8):
            chosen = []
            for n, f, es in opcode_candidates:
                kept = [e for e in es if not e.mask >> 3 & 7 or e.value >> 3 & 7 == reg]
                if kept: chosen.append((n, f, kept))
            subs.append(entry_list(chosen) if chosen else (0, 0))
        return (tuple(subs), modrm)

    out_rows, groups = [], []
    order = [('Legacy', 0), ('Legacy', 1), ('Legacy', 2), ('Legacy', 3)] + [('VEX', m) for m in (1, 2, 3)] + [
        ('EVEX', m) for m in (1, 2, 3, 5, 6)] + [('XOP', m) for m in (0, 1, 2)]
    for key in order:
        for opcode in range(256):
            candidates = maps.get(key, {}).get(opcode)
            if not candidates:
                out_rows.append('{0, 0, 0}')
                continue
            r, modrm = row(candidates)
            if len(r) == 3:
                out_rows.append('{%d, %d, %s}' % (r[0], r[1], 'kRowModrm' if modrm else '0'))
            else:
                out_rows.append('{%d, 0, kRowGroup | kRowModrm}' % (len(groups)))
                groups.extend('{%d, %d, 0}' % s for s in r)
    text = ['// Generated by isa/gen.py.', 'constexpr Entry kEntries[] = {'] + entries
    text += ['};', 'constexpr Row kGroups[] = {']
    for k in range(0, max(len(groups), 1), 8): text.append('  ' + ', '.join(groups[k:k + 8] or ['{0, 0, 0}']) + ',')
    text += ['};', 'constexpr Row kRows[%d][256] = {' % len(order)]
    for m, key in enumerate(order):
        text.append('  {  // %s %d' % key)
        for k in range(0, 256, 8): text.append('    ' + ', '.join(out_rows[m * 256 + k:m * 256 + k + 8]) + ',')
        text.append('  },')
    text.append('};')
    return '\n'.join(text) + '\n'


# --- handlers -------------------------------------------------------------------------------------------------------
def defined_functions(family):
    """Semantic functions in sem/FAMILY.cpp: name -> whether a template."""
    path = SEM / (family + '.cpp')
    if not path.exists(): return None
    found = {}
    definition = re.compile(r'(template\s*<[^{};()]*>\s*)?(?:\[\[\w+\]\]\s*)?(?:static\s+|inline\s+)*'
                            r'Status\s+(\w+)\s*\(\s*Cpu\s*&')
    for m in definition.finditer(path.read_text()):
        found.setdefault(m.group(2), bool(m.group(1)))
    return found


def families(forms):
    return sorted({f.family for f in forms if f.family})


MISSING = 'interp::thread<&isa::undefined>'


def qualified(arguments):
    names = 'u8|u16|u32|u64|Raw|Imm|Const|FixedReg|RegReg|RmReg|VexReg|Mem|Operands'
    return re.sub(r'\b(%s)\b' % names, r'sem::\1', arguments)


def handler_tables(forms):
    """Per family: list of handler expressions; and index of each form's six slots. Family '' is native and refused."""
    tables, where, missing = {}, {}, []
    tables[''] = [MISSING]
    for fam in families(forms):
        defined = defined_functions(fam)
        tables[fam], seen = [], {}
        for f in (f for f in forms if f.family == fam):
            slots = []
            absent = defined is None or f.name not in defined
            if absent: missing.append((f.function, f.where))
            for opsize in (16, 32, 64):
                for mem in (0, 1):
                    args = f.instance(opsize, mem)
                    if args is None or absent: expression = MISSING
                    elif defined[f.name]: expression = 'interp::thread<&sem::%s<%s>>' % (f.name, qualified(args))
                    else: expression = 'interp::thread<&sem::%s>' % f.name
                    if expression not in seen:
                        seen[expression] = len(tables[fam])
                        tables[fam].append(expression)
                    slots.append(seen[expression])
            where[id(f)] = slots
    have_native = (HERE.parent / 'native' / 'native.hpp').exists()
    if have_native: tables[''].append('interp::thread<&native::run_native>')
    for f in forms:
        if not f.family: where[id(f)] = [1 if 'native' in f.words and have_native else 0] * 6
    return tables, where, missing


def handler_array(name, handlers):
    declaration = ['extern const Handler %s[];' % name, 'const Handler %s[] = {' % name]
    return declaration + ['  &%s,' % h for h in handlers] + ['};']


def family_inc(fam, handlers):
    text = ['// Handlers of sem/%s.cpp. Generated by isa/gen.py.' % fam, '#include "cpu/x86/interp/thread.hpp"',
            '#include "cpu/x86/isa/refused.hpp"', '#include "cpu/x86/sem/operands.hpp"', '',
            'namespace mullion::x86::isa {']
    text += handler_array('sem_%s_handlers' % fam, handlers)
    return '\n'.join(text + ['}  // namespace mullion::x86::isa', ''])


def missing_cpp(forms, tables):
    text = ['// Handlers of native and refused forms, and of families without a file in sem/. Generated by isa/gen.py.',
            '#include "cpu/x86/interp/thread.hpp"', '#include "cpu/x86/isa/refused.hpp"']
    if len(tables['']) > 1: text.append('#include "cpu/x86/native/native.hpp"')
    text += ['', 'namespace mullion::x86::isa {']
    for fam in families(forms):
        if defined_functions(fam) is None: text += handler_array('sem_%s_handlers' % fam, tables[fam])
    text += handler_array('native_handlers', tables[''])
    return '\n'.join(text + ['}  // namespace mullion::x86::isa', ''])


def form_row(f, indices):
    """One Form, in the order of its members."""
    ored = lambda words: ' | '.join(words) or '0'
    members = ['"%s"' % f.mnemonic, '"%s"' % f.encoding, '"%s"' % f.operands_text, ored(f.needs),
               ored(f.attribute_list()),
               '{%s}' % ', '.join('Feature::' + x for x in (f.features + ['None', 'None'])[:2]),
               str(f.modes), 'MemSize::' + f.memsize(), str(f.broadcast())]
    members += ['0x%X' % f.flags[kind] for kind in 'rwu']
    members += [ored(f.implicit[0]), ored(f.implicit[1]), '"%s"' % f.function,
                'sem_%s_handlers' % f.family if f.family else 'native_handlers', '{%s}' % ', '.join(map(str, indices))]
    return '  {%s},' % ', '.join(members)


def forms_cpp(forms, where):
    text = ['// The opcode table. Generated by isa/gen.py.', '#include "cpu/x86/isa/form.hpp"', '',
            'namespace mullion::x86::isa {']
    for fam in families(forms): text.append('extern const Handler sem_%s_handlers[];' % fam)
    text += ['extern const Handler native_handlers[];', 'namespace {', 'constexpr Form kForms[] = {']
    text += [form_row(f, where[id(f)]) for f in forms]
    text += ['};', '}  // namespace', 'std::span<const Form> forms() { return kForms; }',
             '}  // namespace mullion::x86::isa', '']
    return '\n'.join(text)


def coverage_md(forms, missing):
    absent = {where for _, where in missing}
    modes = {'*': 'all', '64': '64-bit', '!64': '16-, 32-bit'}

    def runs(f):
        if f.words & {'ud', 'refused'}: return 'always #UD'
        if f.where in absent: return 'missing'
        return 'host' if 'native' in f.words else 'own'

    text = ['# Instructions', '', 'One line a form of the opcode table (`src/cpu/x86/isa/*.tbl`). *own*: a function in',
            '`src/cpu/x86/sem`; *host*: the host executes it, rewritten (`src/cpu/x86/native`).', '',
            '| mnemonic | encoding | operands | code | CPUID | runs |', '|---|---|---|---|---|---|']
    for f in forms:
        text.append('| %s | `%s` | %s | %s | %s | %s |' % (
            f.mnemonic, f.encoding, f.operands_text or ' ', modes[f.modes_text], ' + '.join(f.features) or ' ',
            runs(f)))
    return '\n'.join(text) + '\n'


def write(path, text):
    """Leaves an unchanged file alone, so that only what changed is compiled."""
    if not path.exists() or path.read_text() != text: path.write_text(text)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--list-outputs', action='store_true')
    p.add_argument('--check', action='store_true', 
                   help='list table lines whose function does not exist; status 1 if there are any')
    p.add_argument('--out')
    p.add_argument('tables', nargs='*')
    a = p.parse_args()
    forms = load(a.tables or HERE.glob('*.tbl'))
    if a.list_outputs:
        fixed = ['forms.cpp', 'missing.cpp', 'decode_tables.inc', 'instructions.md']
        print('\n'.join(fixed + ['sem_%s.inc' % f for f in families(forms)]))
        return
    tables, where, missing = handler_tables(forms)
    if a.check:
        for function, place in missing: print('%s: %s is missing' % (place, function))
        sys.exit(1 if missing else 0)
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    write(out / 'forms.cpp', forms_cpp(forms, where))
    write(out / 'missing.cpp', missing_cpp(forms, tables))
    write(out / 'decode_tables.inc', decode_tables(forms))
    write(out / 'instructions.md', coverage_md(forms, missing))
    for fam in families(forms): write(out / ('sem_%s.inc' % fam), family_inc(fam, tables[fam]))


if __name__ == '__main__':
    main()
