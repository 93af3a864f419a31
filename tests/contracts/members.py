"""How the conformance tests walk a registry."""

import typing


def members(union):
    """The components of a type union; a union of one is that one."""
    return typing.get_args(union) or (union,)


def kind(component):
    """The word that chooses it in a configuration, for test names."""
    return component.kind
