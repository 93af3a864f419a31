import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoestring.service.store.records import pack, unpack

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5).filter(lambda value: json.dumps(value).isascii()))
def test_a_capture_comes_back_exactly(capture):
    assert unpack(pack(capture)) == capture


def test_a_capture_is_smaller_than_its_text_and_never_holds_nan():
    rows = [[index / 7, index / 3, index, 0] for index in range(300)]
    assert len(pack({"rows": rows})) < len(json.dumps(rows)) / 2
    with pytest.raises(ValueError, match="JSON compliant"):
        pack({"rows": [[float("nan")]]})
