"""Which device to use, and what it can do. Nothing here is assumed: it is asked at run time."""

import os
from pathlib import Path
from typing import Literal

import torch

from shoestring.core.errors import ConfigError

DeviceName = Literal["auto", "cpu", "cuda", "mps"]


def choose_device(name: DeviceName = "auto") -> torch.device:
    """The device called ``name``; ``auto`` takes an accelerator that works, else the CPU. Raises ConfigError."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, works in available.items() if works))
    if not available[name]:
        raise ConfigError(f"device {name!r} is not available here; use device=cpu or device=auto")
    return torch.device(name)


def has_fast_bf16(device: torch.device) -> bool:
    """Whether bfloat16 has instructions of its own on ``device``; without them it is slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return bool(_cpu_flags() & {"avx512_bf16", "amx_bf16", "bf16"})
    return False


def describe(device: torch.device) -> dict[str, str | int | bool]:
    """Facts for ``env.json``: never the names of the user or the machine."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else _cpu_name()
    return {
        "device": str(device),
        "name": name,
        "cores": os.cpu_count() or 1,
        "torch_threads": torch.get_num_threads(),
        "fast_bf16": has_fast_bf16(device),
    }


def _cpu_flags() -> set[str]:
    return set(next((v.split() for k, v in _cpu_info() if k in ("flags", "Features")), []))


def _cpu_name() -> str:
    return next((value for key, value in _cpu_info() if key == "model name"), "unknown processor")


def _cpu_info() -> list[tuple[str, str]]:
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return []
    pairs = (line.partition(":") for line in path.read_text().splitlines())
    return [(key.strip(), value.strip()) for key, _, value in pairs]
