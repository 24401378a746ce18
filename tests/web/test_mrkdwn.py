"""Slack's marks as HTML: what is drawn, and that nothing gets through that is none of them."""

from __future__ import annotations

import pytest

from bot.web.mrkdwn import dotted, draw, plain


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("*look now*", "<strong>look now</strong>"),
        ("_softly_ ~gone~", "<em>softly</em> <s>gone</s>"),
        ("*a _b_ c*", "<strong>a <em>b</em> c</strong>"),
        ("2 * 3 * 4, snake_case_name, 5*6*7", "2 * 3 * 4, snake_case_name, 5*6*7"),
        ("`*raw*`", "<code>*raw*</code>"),
        ("one\ntwo", "one<br>two"),
        ("&gt; said", '<q class="quoted">said</q>'),
        ("&lt;b&gt; &amp; <b>", "&lt;b&gt; &amp; &lt;b&gt;"),
        ("<https://example.org/?a=1&amp;b=2|here>", ">here</a>"),
        ("<javascript:alert(1)|here>", "&lt;javascript:alert(1)|here&gt;"),
        ("<@U1> in <#C1|team>, <!channel>", '<b class="mention">@Dr Amari</b> in <b class="mention">#team</b>'),
        (":white_check_mark: done", "✅ done"),
        ("🔴 Case 1", '<span class="dot red" role="img" aria-label="red"></span> Case 1'),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('*"&gt;&lt;img src=x&gt;*', "<strong>&#34;&gt;&lt;img src=x&gt;</strong>"),
    ],
)
def test_marks_are_drawn_and_everything_else_is_escaped(text: str, drawn: str) -> None:
    assert drawn in draw(text, {"U1": "Dr Amari"}.get)


def test_a_link_opens_elsewhere_and_tells_nobody_where_it_came_from() -> None:
    assert 'rel="noreferrer noopener" target="_blank"' in draw("<https://example.org>")


def test_a_plain_text_is_only_unescaped() -> None:
    assert plain("*a* &lt; b") == "*a* < b"


def test_a_plain_text_s_signs_are_drawn_and_the_rest_escaped() -> None:
    assert dotted("🟠 <b>") == '<span class="dot amber" role="img" aria-label="amber"></span> &lt;b&gt;'
