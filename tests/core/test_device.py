import pytest
import torch

from shoestring.core.device import choose_device, describe, has_fast_bf16
from shoestring.core.errors import ConfigError


def test_the_cpu_is_always_there_and_auto_is_something_that_works():
    assert choose_device("cpu") == torch.device("cpu")
    assert torch.zeros(1, device=choose_device("auto")).item() == 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_an_absent_device_is_a_clear_error():
    with pytest.raises(ConfigError, match="device 'cuda' is not available here"):
        choose_device("cuda")


@pytest.mark.parametrize(("flags", "fast"), [("fpu avx2", False), ("fpu avx512_bf16", True), ("amx_bf16", True)])
def test_bf16_is_asked_of_the_processor(monkeypatch, flags, fast):
    monkeypatch.setattr("shoestring.core.device._cpu_info", lambda: [("flags", flags)])
    assert has_fast_bf16(torch.device("cpu")) is fast


def test_the_description_is_plain_values():
    assert all(isinstance(value, str | int | bool) for value in describe(torch.device("cpu")).values())
