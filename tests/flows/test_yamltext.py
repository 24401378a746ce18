"""Files that people write: words stay words, mistakes are told with line and repair, all at once."""

import pytest

from flows.errors import DefinitionError
from flows.yamltext import MAX_DEPTH, load

FLOW = """\
flow: check_in
states:
  mood:
    on: yes
    choices: [no, 7, 08:30]
    say: >
      Hello
      there
"""


def problems(text: str) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        load(text, "a.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_on_yes_no_and_numbers_stay_the_words_that_were_written() -> None:
    loaded = load(FLOW, "a.yaml")
    assert loaded.data == {
        "flow": "check_in",
        "states": {"mood": {"on": "yes", "choices": ["no", "7", "08:30"], "say": "Hello there\n"}},
    }


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("states",), 2),
        (("states", "mood", "say"), 6),
        (("states", "mood", "choices", 1), 5),
        (("states", "mood", "missing"), 3),
        (("states", "mood", "Question", "on", "str"), 4),
    ],
)
def test_the_line_of_the_nearest_part_is_told(path: tuple[str | int, ...], line: int) -> None:
    assert load(FLOW, "a.yaml").line(path) == line


def test_all_mistakes_are_told_at_once() -> None:
    told = problems("a: &x 1\nb: *x\na: 2\nc: !!python/name:os.system\n? [d]\n: e\n")
    assert [line.split(";")[0] for line in told] == [
        "a.yaml:1: the anchor &x is not allowed",
        "a.yaml:2: the alias *x is not allowed",
        "a.yaml:3: 'a' stands twice, first in line 1",
        "a.yaml:4: the tag tag:yaml.org,2002:python/name:os.system is not allowed",
        "a.yaml:5: a key must be a plain word",
    ]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("", "a.yaml:1: the file is empty"),
        ("# only words\n", "a.yaml:1: the file is empty"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2: a second document begins here"),
        ("a: 1\n b: 2\n", "a.yaml:2: not valid YAML"),
        ("a: '1\n", "a.yaml:2: not valid YAML"),
        ("a: \x00", "a.yaml:1: not valid YAML"),
        ("[" * (MAX_DEPTH + 5), f"a.yaml:1: more than {MAX_DEPTH} levels deep"),
        ("a" * 1_000_001, "a.yaml:1: the file has 1000001 characters"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, start: str) -> None:
    assert problems(text)[0].startswith(start)


def test_an_error_reads_as_one_problem_a_line() -> None:
    with pytest.raises(DefinitionError, match=r"^a\.yaml:1: .*; .*\na\.yaml:2: .*; .*$"):
        load("a: &x 1\nb: *x\n", "a.yaml")
