from shoestring.cli.demo import NAMES, enrol_demo_people
from shoestring.recipes import loading
from shoestring.service import models
from shoestring.service.store import Store
from tests.recipes.pen import small_verifier


def test_generated_people_are_enrolled_with_what_the_model_asks_for(tmp_path, model, monkeypatch):
    monkeypatch.setattr(loading, "PACKAGED", model.parent)
    monkeypatch.setattr(models, "PACKAGED", model.parent)
    database = f"sqlite:///{tmp_path / 'demo.sqlite'}"
    enrol_demo_people({"database": database, "runs": tmp_path})
    store = Store.open(database)
    assert [person.name for person in store.people()] == list(NAMES)
    assert {person.samples for person in store.people()} == {small_verifier().references}
    assert all("generated" in (person.consent or "") for person in store.people())
    store.close()
