import json

import numpy as np

from shoestring.core.erasure import Proof
from shoestring.similarity.cluster import Tree
from shoestring.similarity.collection.records import Clusters, Duplicates, Erased, in_groups


def test_groups_are_the_largest_first_then_as_they_appear():
    labels = np.array([0, 1, 2, 1, 2, 3, 2])
    assert in_groups(labels, list("abcdefg")) == [["c", "e", "g"], ["b", "d"], ["a"], ["f"]]
    assert in_groups(labels, list("abcdefg"), least=2) == [["c", "e", "g"], ["b", "d"]]


def test_answers_are_plain_json():
    tree = Tree(3, np.array([0]), np.array([2]), np.array([0.5]))
    found = Duplicates(0.5, 3, [("a", "c", 0.5)], 4, [["a", "c"]], tree.curve()).as_dict()
    assert json.loads(json.dumps(found)) == found and found["truncated"] and found["total_pairs"] == 4
    assert found["pairs"] == [{"first": "a", "second": "c", "score": 0.5}]
    groups = Clusters("average", 3, [["a", "c"], ["b"]], tree.curve()).as_dict()
    assert json.loads(json.dumps(groups)) == groups and groups["curve"]["largest"] == [2]
    assert json.loads(json.dumps(Erased(1, 0, Proof(1, 1, 1, None, 0, "")).as_dict()))["proof"]["found"] is None
