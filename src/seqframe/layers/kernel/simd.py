"""`Vec8`: eight float32 values held in one vector register, as a value type for Numba functions.

Numba compiles loops over single numbers; whether LLVM then turns them into vector code is not ours to say. Where that
decides the speed, the code says it itself: `load` eight neighbours, compute with + - * / and `clamp`, `store` them.
Floats mix with vectors (`1.0 - v`). LLVM lowers the vectors to what the processor has (AVX, AVX-512, SSE, NEON).
"""

# mypy: ignore-errors
import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

LANES = 8
_FLOATS = ir.VectorType(ir.FloatType(), LANES)
_INTS = ir.VectorType(ir.IntType(32), LANES)
_FUSE = ("contract",)  # a multiply and an add may fuse; NaN and infinity keep their meaning


class Vec8Type(types.Type):
    """Numba's type of a Vec8 value."""

    def __init__(self):
        super().__init__(name="Vec8")


vec8 = Vec8Type()


@register_model(Vec8Type)
class _Vec8Model(models.PrimitiveModel):
    def __init__(self, manager, numba_type):
        super().__init__(manager, numba_type, _FLOATS)


def _address(context, builder, array_type, array, row, column):
    """Pointer to the eight floats that start at array[row, column]."""
    struct = context.make_array(array_type)(context, builder, array)
    pointer = cgutils.get_item_pointer(context, builder, array_type, struct, [row, column])
    return builder.bitcast(pointer, _FLOATS.as_pointer())


@intrinsic
def load(typing_context, array, row, column):
    """array[row, column:column + 8] of a 2-D float32 array whose rows are contiguous."""

    def emit(context, builder, signature, args):
        return builder.load(_address(context, builder, signature.args[0], *args), align=4)

    return vec8(array, types.intp, types.intp), emit


@intrinsic
def store(typing_context, array, row, column, value):
    """array[row, column:column + 8] = value."""

    def emit(context, builder, signature, args):
        builder.store(args[3], _address(context, builder, signature.args[0], *args[:3]), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, vec8), emit


@intrinsic
def splat(typing_context, number):
    """The same number in all eight lanes."""

    def emit(context, builder, signature, args):
        lane = builder.insert_element(ir.Constant(_FLOATS, ir.Undefined), args[0], ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(lane, ir.Constant(_FLOATS, ir.Undefined), ir.Constant(_INTS, [0] * LANES))

    return vec8(types.float32), emit


@intrinsic
def clamp(typing_context, value, low, high):
    """Limit value to low..high in each lane; NaN stays NaN (all comparisons with it are false)."""

    def emit(context, builder, signature, args):
        value, low, high = args
        value = builder.select(builder.fcmp_ordered("<", value, low), low, value)
        return builder.select(builder.fcmp_ordered(">", value, high), high, value)

    return vec8(vec8, vec8, vec8), emit


@intrinsic
def power_of_two(typing_context, shifted):
    """2**n for a vector holding n + 1.5 * 2**23: its low bits are the integer n, and move to the exponent's place."""

    def emit(context, builder, signature, args):
        exponent = builder.shl(builder.bitcast(args[0], _INTS), ir.Constant(_INTS, [23] * LANES))
        return builder.bitcast(builder.add(exponent, ir.Constant(_INTS, [127 << 23] * LANES)), _FLOATS)

    return vec8(vec8), emit


def _define_operator(python_operator, instruction):
    """Make `a <operator> b` one LLVM instruction for two vectors, or for a vector and a number."""

    @intrinsic
    def combine(typing_context, a, b):
        def emit(context, builder, signature, args):
            return getattr(builder, instruction)(*args, flags=_FUSE)

        return vec8(vec8, vec8), emit

    @overload(python_operator)
    def choose(a, b):
        if a is vec8 and b is vec8:
            return lambda a, b: combine(a, b)  # noqa: PLW0108, Numba compiles its source
        if a is vec8 and isinstance(b, types.Float):
            return lambda a, b: combine(a, splat(b))
        if b is vec8 and isinstance(a, types.Float):
            return lambda a, b: combine(splat(a), b)
        return None


_define_operator(operator.add, "fadd")
_define_operator(operator.sub, "fsub")
_define_operator(operator.mul, "fmul")
_define_operator(operator.truediv, "fdiv")
