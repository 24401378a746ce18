"""Long texts in parts, and buttons in rows."""

import pytest

from bot.channels.telegram_keyboard import rows
from bot.channels.telegram_text import LIMIT, fits, parts


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_a_short_text_is_one_message_as_it_is() -> None:
    for text in ("", " ", "  Hello.  \n", "x" * LIMIT, "😀" * (LIMIT // 2)):
        assert parts(text) == [text]
        assert fits(text)
    assert not fits("x" * (LIMIT + 1))
    assert not fits("😀" * (LIMIT // 2) + "x")


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "😀" * 5_000,
        "a😀" * 4_000,
        "word " * 2_000,
        "One sentence. " * 900,
        "A paragraph of some length.\n\n" * 500,
        "一句话。" * 2_000,
        "x" * 4_090 + ". " + "y" * 4_090,
        "\n" * 5_000 + "end",
        "begin" + " " * 9_000 + "end",
    ],
)
def test_a_long_text_comes_in_parts_that_fit_and_lose_no_letter(text: str) -> None:
    cut = parts(text)
    assert len(cut) <= 2 * units(text) // LIMIT + 1
    assert all(0 < units(part) <= LIMIT and part.strip() for part in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())


def test_nothing_but_space_is_left_for_telegram_to_refuse() -> None:
    assert parts(" " * 5_000) == [" " * 5_000]


def test_a_cut_falls_between_paragraphs_else_lines_else_sentences_else_words() -> None:
    filler = "word " * 700  # 3500 units
    assert parts(f"{filler}end.\n\nNew one.\nLine. " + "x" * 600)[1].startswith("New one.")
    assert parts(f"{filler}end. More\nLine. Last " + "x" * 600)[1].startswith("Line.")
    assert parts(f"{filler}end. Last words " + "x" * 600)[1].startswith("Last")
    assert parts(f"{filler}end last words " + "x" * 600)[1].startswith("x")


def laid_out(*labels: str) -> list[list[str]]:
    return [[label for label, _data in row] for row in rows([[label, f"1:{label}"] for label in labels])]


def test_short_labels_stand_in_pairs_and_long_ones_alone() -> None:
    assert laid_out() == []
    assert laid_out("Good", "Okay", "Low") == [["Good", "Okay"], ["Low"]]
    long = "Something got in the way this week"
    assert laid_out("Good", long, "Okay", "Low") == [["Good"], [long], ["Okay", "Low"]]
    wide = "私は今とても大丈夫です"  # eleven wide letters take 22 columns
    assert laid_out("はい", "いいえ", wide) == [["はい", "いいえ"], [wide]]


def test_numbers_of_a_scale_stand_in_even_rows_of_six_at_most() -> None:
    def widths(low: int, high: int) -> list[int]:
        return [len(row) for row in laid_out(*map(str, range(low, high + 1)))]

    assert [widths(0, 3), widths(1, 5), widths(1, 6)] == [[4], [5], [6]]
    assert [widths(1, 7), widths(0, 10)] == [[4, 3], [6, 5]]
    assert laid_out("١", "٢", "٣") == [["١", "٢", "٣"]]


def test_standard_buttons_share_no_row_with_answers() -> None:
    buttons = [["1", "7:1"], ["2", "7:2"], ["Low", "7:low"], ["Skip", "7:!skip"], ["I need help now", "!need_help"]]
    assert [[data for _label, data in row] for row in rows(buttons)] == [
        ["7:1", "7:2"],
        ["7:low"],
        ["7:!skip", "!need_help"],
    ]
