from shoestring.core import errors


def test_each_error_has_the_exit_code_of_the_manual():
    codes = {
        errors.ShoestringError: 1, errors.ConfigError: 2, errors.NotFoundError: 3, errors.MissingExtraError: 4,
        errors.BadDataError: 5, errors.BudgetExhaustedError: 6, errors.InterruptedRunError: 130,
    }  # fmt: skip
    assert {kind: kind.exit_code for kind in codes} == codes
    assert errors.InterruptedRunError("x", 143).exit_code == 143


def test_a_missing_extra_prints_the_install_line():
    error = errors.MissingExtraError("fastapi", "studio")
    assert str(error) == "this needs the package 'fastapi': pip install 'shoestring[studio]'"
