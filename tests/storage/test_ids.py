"""Row ids grow, so that order of arrival is order of id, and they fit into 63 bits."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from storage.ids import EPOCH_MS, Ids, new_client_id


def test_every_id_is_greater_than_the_one_before():
    ids = Ids()
    made = [ids.new() for _ in range(20_000)] + ids.many(3)
    assert all(a < b for a, b in pairwise(made))


def test_an_id_is_greater_than_any_that_it_has_to_follow():
    ids = Ids()
    far = ids.new() + (1 << 40)
    assert ids.new(after=far) > far
    assert ids.new() > far


def test_threads_never_get_the_same_id():
    ids = Ids()
    with ThreadPoolExecutor(4) as pool:
        made = [row for batch in pool.map(lambda _: ids.many(2_000), range(8)) for row in batch]
    assert len(set(made)) == len(made) == 16_000


def test_an_id_tells_its_millisecond_and_fits_into_a_signed_bigint():
    before = time.time_ns() // 1_000_000
    row = Ids().new()
    assert before <= (row >> 22) + EPOCH_MS <= time.time_ns() // 1_000_000
    assert 0 < row < 1 << 63


def test_a_client_s_id_says_nothing_and_is_not_given_twice():
    assert len({new_client_id() for _ in range(1_000)}) == 1_000
    assert len(new_client_id()) == 16
