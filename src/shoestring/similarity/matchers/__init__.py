"""The matchers. ``Matching`` is the registry: components whose ``fit(encoder, train)`` makes a :class:`Matcher`."""

import json
from pathlib import Path

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.similarity.matchers.centroid import Centroid, CentroidMatcher
from shoestring.similarity.matchers.cohort import Cohort, CohortMatcher
from shoestring.similarity.matchers.dtw_references import DtwReferences, DtwReferencesMatcher
from shoestring.similarity.matchers.gaussian_signer import GaussianSigner, GaussianSignerMatcher
from shoestring.similarity.matchers.gaussian_subject import GaussianSubject, GaussianSubjectMatcher
from shoestring.similarity.matchers.references import References, ReferencesMatcher
from shoestring.similarity.templates import Matcher

__all__ = ["Centroid", "CentroidMatcher", "Cohort", "CohortMatcher", "Matcher", "Matching", "load_matcher"]

Matching = GaussianSigner | DtwReferences | References | GaussianSubject | Centroid | Cohort


def load_matcher(folder: Path) -> Matcher:
    """The matcher that was saved in ``folder``.

    Raises:
        NotFoundError: there is none.
        BadDataError: its files are damaged, or this version does not know its kind.
    """
    path = folder / "config.json"
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFoundError(f"{path}: {error.strerror}; give the folder of a saved matcher") from error
    except (ValueError, RecursionError) as error:
        raise BadDataError(f"{path}: not JSON: {error}; the model is damaged, get it again") from error
    match table.get("kind") if isinstance(table, dict) else None:
        case "gaussian-signer":
            return GaussianSignerMatcher.load(folder)
        case "dtw-references":
            return DtwReferencesMatcher.load(folder)
        case "references":
            return ReferencesMatcher.load(folder)
        case "gaussian-subject":
            return GaussianSubjectMatcher.load(folder)
        case "centroid":
            return CentroidMatcher.load(folder)
        case "cohort":
            return CohortMatcher.load(folder)
        case kind:
            raise BadDataError(f"{path}: unknown kind of matcher {kind!r}; it may need a newer version")
