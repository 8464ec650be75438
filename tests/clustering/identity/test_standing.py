"""What decisions on a library mean for its people as they are now."""

from castlist.clustering.identity.standing import Standing
from castlist.clustering.library_files.decisions import LibraryDecision, LibraryDecisions, Verb
from castlist.clustering.library_files.people import LibraryPeople, LibraryPerson, Member

THEN = "2026-01-01T00:00:00+00:00"


def test_a_name_is_as_old_as_its_decision_also_where_evidence_gave_its_person_another_id():
    name = LibraryDecision(Verb.NAME, 5, name="Anna", anchors=(("film", 0),), time=THEN, line=1)
    person = LibraryPerson(2, None, False, films=2, faces=9, screen_s=3.0)
    members = (Member("film", 0, 2, 1.0, 4), Member("other", 0, 2, 1.0, 5))
    standing = Standing.of(LibraryDecisions((name,)), LibraryPeople((person,), members))
    assert standing.names == {2: "Anna"}
    assert standing.named_at == {2: THEN}
