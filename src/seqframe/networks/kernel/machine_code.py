"""Machine code of compiled functions: for which processor, and how long Numba keeps it.

`SEQFRAME_SIMD=avx2` compiles for processors without AVX-512, so that both can be measured on one machine. Results have
the same bits.
"""

# mypy: ignore-errors
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from zlib import crc32

import numba
from llvmlite import binding
from numba import njit

SIMD_VARIABLE = "SEQFRAME_SIMD"  # environment variable: avx2, or auto
AVX2_PROCESSOR = "haswell"  # LLVM's name of the first one

if os.environ.get(SIMD_VARIABLE, "auto") == "avx2":
    numba.config.CPU_NAME, numba.config.CPU_FEATURES = AVX2_PROCESSOR, ""


def _has_avx512():
    if numba.config.CPU_NAME is not None:
        return False
    return binding.get_host_cpu_features().get("avx512f", False)


WIDTH = 16 if _has_avx512() else 8  # float32 values of the vectors that matrix products are computed with

inner = njit(error_model="numpy")  # for functions that are called by compiled functions only


def inner_variant(name):
    """`inner` for functions of one name with different code. The name becomes part of the name of the machine code.

    Numba links machine code from its cache by name: of two functions with the same name, both would run the first one.
    """

    def decorate(function):
        function.__qualname__ = f"{function.__qualname__}_{name}"
        return inner(function)

    return decorate


def compiled(function: Callable[..., Any]) -> Any:
    """Compile without Python's global lock; the machine code is cached on disk if a folder is writable."""
    try:
        return njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # no writable folder: compile in each process
        return njit(nogil=True, error_model="numpy")(function)


def describe_target() -> str:
    """The compiler and the processor that it compiles for."""
    processor = numba.config.CPU_NAME or binding.get_host_cpu_name()
    features = numba.config.CPU_FEATURES
    features = binding.get_host_cpu_features().flatten() if features is None else features
    return f"{numba.__version__} {processor} {features}"


def hash_sources(paths: Iterable[Path]) -> int:
    """A checksum of source files: by itself Numba's cache notices changes of the file of the function only.

    What a function closes over is in the key of the cache.
    """
    checksum = 0
    for path in sorted(paths):
        checksum = crc32(path.read_bytes(), checksum)
    return checksum
