"""Vectors of 8 or 16 float32 values as a value type for Numba functions, and elementary functions of them.

Numba compiles loops over single numbers, and LLVM may or may not vectorize them. Where this determines the speed, the
code is explicit: `load` neighbors, compute with + - * / and `clamp`, `store` them. Floats mix with vectors (`1.0 - v`).
LLVM lowers the vectors to the instructions of the processor (AVX, AVX-512, SSE, NEON). The number of values is a
literal, and no value depends on it.
"""

# mypy: ignore-errors
import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

from seqframe.networks.kernel import PANEL
from seqframe.networks.kernel.machine_code import inner

FUSE = ("contract",)  # a multiply and an add may fuse; NaN and infinity keep their meaning


class VectorType(types.Type):
    """Numba's type of a vector."""

    def __init__(self, lanes):
        self.lanes = lanes
        super().__init__(name=f"Vector({lanes})")

    @property
    def floats(self):
        """LLVM's type of the vector."""
        return ir.VectorType(ir.FloatType(), self.lanes)

    @property
    def ints(self):
        """LLVM's type of a vector of integers with as many bits."""
        return ir.VectorType(ir.IntType(32), self.lanes)


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager, numba_type):
        super().__init__(manager, numba_type, numba_type.floats)


def _vector(lanes):
    return VectorType(lanes.literal_value) if isinstance(lanes, types.IntegerLiteral) else None


def _address(context, builder, vector, array_type, array, row, column):
    """Pointer to the floats that start at array[row, column]."""
    struct = context.make_array(array_type)(context, builder, array)
    pointer = cgutils.get_item_pointer(context, builder, array_type, struct, [row, column])
    return builder.bitcast(pointer, vector.floats.as_pointer())


def _repeat(builder, vector, number):
    lane = builder.insert_element(ir.Constant(vector.floats, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(vector.ints, [0] * vector.lanes)
    return builder.shuffle_vector(lane, ir.Constant(vector.floats, ir.Undefined), zeros)


@intrinsic(prefer_literal=True)
def load(typing_context, array, row, column, lanes):
    """array[row, column:column + lanes] of a 2-D float32 array with contiguous rows."""
    vector = _vector(lanes)

    def emit(context, builder, signature, args):
        return builder.load(_address(context, builder, vector, array, *args[:3]), align=4)

    return vector and (vector(array, types.intp, types.intp, lanes), emit)


@intrinsic
def store(typing_context, array, row, column, value):
    """array[row, column:column + lanes of the value] = value."""

    def emit(context, builder, signature, args):
        builder.store(args[3], _address(context, builder, value, array, *args[:3]), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, value), emit


@intrinsic(prefer_literal=True)
def splat(typing_context, number, lanes):
    """The same number in all lanes."""
    vector = _vector(lanes)

    def emit(context, builder, signature, args):
        return _repeat(builder, vector, args[0])

    return vector and (vector(types.float32, lanes), emit)


@intrinsic
def clamp(typing_context, value, low, high):
    """Limit a vector to numbers low...high in each lane; NaN stays NaN, since all comparisons with it are false."""

    def emit(context, builder, signature, args):
        vector, low, high = args[0], *(_repeat(builder, value, each) for each in args[1:])
        vector = builder.select(builder.fcmp_ordered("<", vector, low), low, vector)
        return builder.select(builder.fcmp_ordered(">", vector, high), high, vector)

    return value(value, types.float32, types.float32), emit


@intrinsic
def power_of_two(typing_context, shifted):
    """2**n for a vector holding n + 1.5 * 2**23: its low bits are the integer n, and are shifted to the exponent."""

    def emit(context, builder, signature, args):
        ints, lanes = shifted.ints, shifted.lanes
        exponent = builder.shl(builder.bitcast(args[0], ints), ir.Constant(ints, [23] * lanes))
        return builder.bitcast(builder.add(exponent, ir.Constant(ints, [127 << 23] * lanes)), shifted.floats)

    return shifted(shifted), emit


def _define_operator(python_operator, instruction):
    """Make `a <operator> b` one LLVM instruction for two vectors, or for a vector and a number."""

    @intrinsic
    def combine(typing_context, a, b):
        vector = a if isinstance(a, VectorType) else b
        numbers = [each if isinstance(each, VectorType) else types.float32 for each in (a, b)]

        def emit(context, builder, signature, args):
            given = zip(args, signature.args, strict=True)
            vectors = [each if kind is vector else _repeat(builder, vector, each) for each, kind in given]
            return getattr(builder, instruction)(*vectors, flags=FUSE)

        return vector(*numbers), emit

    @overload(python_operator)
    def choose(a, b):
        kinds = {each if isinstance(each, VectorType) else isinstance(each, types.Float) for each in (a, b)}
        if kinds <= {True, a, b} and (isinstance(a, VectorType) or isinstance(b, VectorType)):
            return lambda a, b: combine(a, b)  # noqa: PLW0108, Numba compiles its source
        return None


_define_operator(operator.add, "fadd")
_define_operator(operator.sub, "fsub")
_define_operator(operator.mul, "fmul")
_define_operator(operator.truediv, "fdiv")


@intrinsic(prefer_literal=True)
def multiply_tile(typing_context, out, a, panels, row, panel, rows, count, lanes, add):
    """A tile of the matrix product a @ b: `rows` rows from `row` on, and `count` panels of b from `panel` on.

    All sums stay in registers. `rows`, `count`, `lanes` and `add` are literals; see `lstm.matmul` for the others.
    """
    vector = _vector(lanes)

    def emit(context, builder, signature, args):
        factor = context.make_array(a)(context, builder, args[1])
        depth = cgutils.unpack_tuple(builder, factor.shape)[1]
        first, first_panel = args[3:5]
        at_rows = [builder.add(first, first.type(each)) for each in range(rows.literal_value)]
        at_panels = [builder.add(first_panel, first.type(each)) for each in range(count.literal_value)]
        columns = [first.type(each) for each in range(0, PANEL, vector.lanes)]
        zero, sums = ir.Constant(vector.floats, [0.0] * vector.lanes), {}
        for key in ((i, p, c) for i in range(len(at_rows)) for p in range(len(at_panels)) for c in range(len(columns))):
            sums[key] = cgutils.alloca_once(builder, vector.floats)
            builder.store(zero, sums[key])
        with cgutils.for_range(builder, depth) as loop:
            b = {}
            for p, number in enumerate(at_panels):
                place = builder.add(builder.mul(number, depth), loop.index)
                for c, column in enumerate(columns):
                    address = _address(context, builder, vector, panels, args[2], place, column)
                    b[p, c] = builder.load(address, align=4)
            for i, at_row in enumerate(at_rows):
                number = builder.load(cgutils.get_item_pointer(context, builder, a, factor, [at_row, loop.index]))
                repeated = _repeat(builder, vector, number)
                for (p, c), values in b.items():
                    product = builder.fmul(repeated, values, flags=FUSE)
                    builder.store(builder.fadd(builder.load(sums[i, p, c]), product, flags=FUSE), sums[i, p, c])
        for (i, p, c), total in sums.items():
            column = builder.add(builder.mul(at_panels[p], first.type(PANEL)), columns[c])
            address = _address(context, builder, vector, out, args[0], at_rows[i], column)
            value = builder.load(total)
            if add.literal_value:
                value = builder.fadd(value, builder.load(address, align=4), flags=FUSE)
            builder.store(value, address, align=4)
        return context.get_dummy_value()

    literals = (rows, count, lanes, add)
    if not all(isinstance(each, types.Literal) for each in literals):
        return None
    return types.void(out, a, panels, types.intp, types.intp, *literals), emit


@inner
def exp(x):
    """e**x, x clamped to the normal range; relative error about 1e-7 (Cephes' expf)."""
    x = clamp(x, -87.0, 88.0)
    shifted = x * 1.44269504 + 12582912.0  # adding 1.5 * 2**23 rounds to an integer
    n = shifted - 12582912.0
    r = x - n * 0.693359375 + n * 2.12194440e-4
    p = ((1.9875691500e-4 * r + 1.3981999507e-3) * r + 8.3334519073e-3) * r + 4.1665795894e-2
    p = (p * r + 1.6666665459e-1) * r + 0.5
    return (p * r * r + r + 1.0) * power_of_two(shifted)


@inner
def sigmoid(x):
    """1 / (1 + e**-x)."""
    return 1.0 / (1.0 + exp(-1.0 * x))


@inner
def tanh(x):
    """Rational approximation of Eigen, used by TensorFlow; relative error about 1e-7."""
    x = clamp(x, -7.90531110763549805, 7.90531110763549805)
    y = x * x
    p = ((-2.76076847742355e-16 * y + 2.00018790482477e-13) * y - 8.60467152213735e-11) * y + 5.12229709037114e-08
    p = ((p * y + 1.48572235717979e-05) * y + 6.37261928875436e-04) * y + 4.89352455891786e-03
    q = ((1.19825839466702e-06 * y + 1.18534705686654e-04) * y + 2.26843463243900e-03) * y + 4.89352518554385e-03
    return x * p / q
