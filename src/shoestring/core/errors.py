"""The errors a user can meet. Each says what is wrong, where, and what to do next; each has an exit code."""


class ShoestringError(Exception):
    """Base of all errors that are the answer to a user and not a defect: shown without a traceback."""

    exit_code = 1


class ConfigError(ShoestringError):
    """A wrong option, key or value (exit code 2)."""

    exit_code = 2


class ConflictError(ConfigError):
    """What is stored already forbids this change (exit code 2)."""


class NotFoundError(ShoestringError):
    """Something named does not exist (exit code 3)."""

    exit_code = 3


class MissingExtraError(ShoestringError):
    """An optional package is not installed (exit code 4)."""

    exit_code = 4

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"this needs the package {package!r}: pip install 'shoestring[{extra}]'")


class BadDataError(ShoestringError):
    """Data that cannot be read or used: the message names the file, the place and the value (exit code 5)."""

    exit_code = 5


class BudgetExhaustedError(ShoestringError):
    """A budget ended before the target was reached (exit code 6)."""

    exit_code = 6


class InterruptedRunError(ShoestringError):
    """A run was interrupted and a checkpoint was written (exit code 130, or 143 after SIGTERM)."""

    exit_code = 130

    def __init__(self, message: str, exit_code: int = 130) -> None:
        super().__init__(message)
        self.exit_code = exit_code
