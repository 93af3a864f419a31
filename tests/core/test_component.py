import pytest
from pydantic import TypeAdapter, ValidationError

from shoestring.core.component import component


@component
class Hinge:
    margin: float = 1.0


def test_components_are_frozen_keyword_only_and_compared_by_value():
    with pytest.raises(TypeError):
        Hinge(2.0)
    with pytest.raises(AttributeError):
        Hinge().margin = 3.0
    assert Hinge(margin=2.0) == Hinge(margin=2.0) != Hinge()


def test_misspelt_keys_are_errors_for_validation_too():
    with pytest.raises(ValidationError, match="margn"):
        TypeAdapter(Hinge).validate_python({"margn": 1.0})
