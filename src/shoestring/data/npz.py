"""Reading npz files that may be hostile: no pickle, no memory taken for what is not there, no bombs."""

import io
import math
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from tokenize import TokenError

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError

MAX_ARRAY_BYTES = 2**30
"""Unpacked size of all arrays that are read from one file."""
Arrays = dict[str, NDArray[np.generic]]
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


def array_names(path: Path) -> frozenset[str]:
    """The names of the arrays in the file. Raises :class:`BadDataError` when it is no npz file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return frozenset(info.filename.removesuffix(".npy") for info in archive.infolist())
    except _DAMAGE as error:
        raise BadDataError(f"{path}: is not a readable npz file ({error})") from None


def read_arrays(path: Path, names: Sequence[str], limit: int = MAX_ARRAY_BYTES) -> Arrays:
    """The arrays ``names`` of the file, which must all be there; their unpacked bytes are at most ``limit``.

    Every array's header is checked against the bytes that are really there before memory is taken for it. Raises
    :class:`BadDataError` for damage, Python objects and bombs.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            if (size := sum(members[name].file_size for name in names)) > limit:
                raise BadDataError(f"{path}: unpacks to {size} bytes, the limit is {limit}; split it")
            return {name: _array(archive.read(members[name]), f"{path}: {name}") for name in names}
    except _DAMAGE as error:
        raise BadDataError(f"{path}: is not a readable npz file ({error})") from None


def _array(data: bytes, where: str) -> NDArray[np.generic]:
    stream = io.BytesIO(data)
    try:
        version = npy.read_magic(stream)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read_header(stream)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError, TokenError) as error:
        raise BadDataError(f"{where}: its header is damaged ({str(error)[:80]})") from None
    if dtype.hasobject or dtype.names is not None:
        raise BadDataError(f"{where}: holds {dtype} values; only plain numbers and text are read, never Python objects")
    if any(n < 0 for n in shape) or math.prod(shape) * dtype.itemsize != len(data) - stream.tell():
        raise BadDataError(f"{where}: announces shape {shape} of {dtype}, {len(data) - stream.tell()} bytes follow")
    # An itemsize of zero (empty text) makes the byte count above say nothing about the shape.
    if not dtype.itemsize:
        raise BadDataError(f"{where}: holds values without content")
    return np.frombuffer(data, dtype, offset=stream.tell()).reshape(shape, order="F" if fortran else "C")
