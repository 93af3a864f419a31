import pytest

from shoestring.cli.extras import needs
from shoestring.core.errors import MissingExtraError


def test_an_absent_package_becomes_its_install_line():
    with pytest.raises(MissingExtraError, match=r"'not_there': pip install 'shoestring\[studio\]'"), needs("studio"):
        import not_there.deep  # noqa: F401


def test_our_own_faults_stay_what_they_are():
    with pytest.raises(ModuleNotFoundError, match=r"shoestring\.not_there"), needs("studio"):
        import shoestring.not_there  # noqa: F401
