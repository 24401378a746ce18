"""The demo in a real browser: the journey by clicking, on a phone, by keyboard, in the dark, from right to left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.chromium import Chromium
from support.demo import joining

RISKY = "I want to end my life tonight, I have the pills here"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def taps(page: Page, label: str) -> None:
    """Tap the newest button with this label on the phone, and wait until what comes of it is there."""
    bubbles = page.locator("[data-part=phone] .bubble")
    before = bubbles.count()
    page.locator(".chat button").filter(has_text=re.compile(f"^\\W*{label}\\W*$")).last.click()
    expect(bubbles).not_to_have_count(before)


def joins(page: Page) -> None:
    taps(page, "Open your invitation")
    expect(page.locator(".keys")).to_have_count(1)
    while label := joining(page.locator(".keys").last.locator("button").all_inner_texts()):
        taps(page, label)
    expect(page.locator(".chat")).to_contain_text("You have joined")


def writes(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_label("Message", exact=True).press("Enter")


def presses(page: Page, label: str) -> None:
    page.locator(".desk").get_by_role("button", name=label, exact=True).first.click()


def test_the_whole_journey_by_clicking(chromium: Chromium, fresh_url: str, tmp_path: Path) -> None:
    def story(page: Page) -> None:
        page.goto(fresh_url)
        joins(page)
        page.get_by_label("Commands").click()
        page.get_by_role("button", name="/checkin").click()
        expect(page.locator(".chat")).to_contain_text("How have you been since we last talked?")
        writes(page, RISKY)
        expect(page.locator(".chat")).to_contain_text("It has reached them")
        expect(page.locator("#announcer")).to_contain_text("Case 1")
        card = page.locator(".room .blocks").first
        expect(card).to_contain_text("Nobody has acknowledged this yet.")
        presses(page, "Acknowledge")
        expect(card).to_contain_text("Dr Amari has acknowledged this.")
        expect(page.locator(".chat")).to_contain_text("Dr Amari knows about it now")
        page.screenshot(path=tmp_path / "acknowledged.png")
        page.get_by_role("button", name="+15 min").click()
        expect(page.locator(".room")).to_contain_text("Open again, the deadline has passed")
        page.get_by_role("button", name="Next timer").click()
        expect(page.locator(".clock")).to_contain_text("10:25")
        page.locator("#as-U0BELLO").click()
        expect(page.locator(".room-head")).to_contain_text("Dr Bello")
        expect(card).to_contain_text("Nobody has acknowledged this yet.")
        page.screenshot(path=tmp_path / "next_rung.png")

    chromium.run(story, viewport={"width": 1280, "height": 800})


def test_a_dialog_takes_the_focus_and_gives_it_back(chromium: Chromium, url: str) -> None:
    def story(page: Page) -> None:
        page.goto(url)
        writes(page, RISKY)
        presses(page, "Write to client")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("textbox")).to_be_focused()
        dialog.get_by_role("button", name="Send").click()
        expect(dialog).to_contain_text("Write")
        dialog.get_by_role("textbox").fill("May I call you now?")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(page.locator(".desk").get_by_role("button", name="Write to client")).to_be_focused()
        presses(page, "Write to client")
        dialog.get_by_role("textbox").fill("May I call you now?")
        dialog.get_by_role("button", name="Send").click()
        expect(page.locator(".chat")).to_contain_text("From Dr Amari: May I call you now?")

    chromium.run(story, viewport={"width": 1280, "height": 800})


def test_everything_can_be_reached_by_keyboard(chromium: Chromium, fresh_url: str) -> None:
    def story(page: Page) -> None:
        page.goto(fresh_url)
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the phone")).to_be_focused()
        page.get_by_role("button", name="Open your invitation").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="English")).to_be_visible()
        page.get_by_role("button", name="English").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Show me")).to_be_visible()
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel"))
        for label in ("Show me", "Next timer", "Start over", "Let Slack fail", "Send", "Attach, edit, block"):
            assert label in reached

    chromium.run(story, viewport={"width": 1280, "height": 800})


def test_what_somebody_is_writing_survives_news(chromium: Chromium, url: str) -> None:
    def story(page: Page) -> None:
        page.goto(url)
        writes(page, RISKY)
        page.locator(".thread summary").first.click()
        reply = page.get_by_placeholder("Reply, or ack").first
        reply.fill("I am on my way to")
        page.get_by_role("button", name="+15 min").click()
        expect(page.locator("#as-U0BELLO .badge")).to_have_text("2 unread")
        expect(reply).to_have_value("I am on my way to")
        expect(reply).to_be_visible()

    chromium.run(story, viewport={"width": 1280, "height": 800})


def test_on_a_phone_the_panes_are_tabs(chromium: Chromium, url: str, tmp_path: Path) -> None:
    def story(page: Page) -> None:
        page.goto(url)
        page.get_by_label("Message", exact=True).fill(RISKY)
        page.get_by_label("Send", exact=True).click()
        desk = page.get_by_role("button", name="Clinician’s desk")
        expect(desk).to_have_attribute("data-fresh", "1")
        page.screenshot(path=tmp_path / "phone.png")
        desk.click()
        expect(page.locator("#phone")).to_be_hidden()
        expect(page.locator(".room")).to_contain_text("Case 1")
        page.screenshot(path=tmp_path / "desk.png")
        assert page.evaluate("document.documentElement.scrollWidth") == 390

    chromium.run(story, **PHONE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_can_be_read_in_both_schemes(chromium: Chromium, url: str, tmp_path: Path, scheme: str) -> None:
    """Contrast after WCAG 2.1, 1.4.3: 4.5 to 1 for text of this size."""

    def story(page: Page) -> list[str]:
        page.goto(url)
        writes(page, RISKY)
        expect(page.locator(".room")).to_contain_text("Case 1")
        page.wait_for_timeout(400)  # the last message has risen
        page.screenshot(path=tmp_path / f"{scheme}.png")
        return page.evaluate(FAINT)

    assert chromium.run(story, viewport={"width": 1280, "height": 800}, color_scheme=scheme) == []


def test_arabic_runs_from_right_to_left(chromium: Chromium, fresh_url: str, tmp_path: Path) -> None:
    def story(page: Page) -> None:
        page.goto(fresh_url)
        page.get_by_label("in", exact=True).select_option("ar")
        page.get_by_role("button", name="Start over").click()
        taps(page, "Open your invitation")
        taps(page, "العربية")
        last = page.locator(".bubble.bot .text").last
        expect(last).to_have_css("direction", "rtl")
        expect(page.locator(".keys").last).to_have_css("direction", "rtl")
        expect(page.locator("html")).to_have_css("direction", "ltr")
        page.screenshot(path=tmp_path / "arabic.png")

    chromium.run(story, viewport={"width": 1280, "height": 800})


# Every text on the screen whose contrast with the nearest painted ground behind it is too low, with its figure.
FAINT = """() => {
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const colour = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
    if (!own || !node.checkVisibility() || node.closest(".hidden, .skip, svg")) continue;
    const [a, b] = [light(colour(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push(`${node.textContent.trim().slice(0, 30)}: ${ratio.toFixed(1)}`);
  }
  return faint;
}"""


def test_S58_the_picture_of_the_last_weeks_is_really_shown_on_a_phone(chromium: Chromium, fresh_url: str) -> None:
    def story(page: Page) -> None:
        page.goto(fresh_url)
        joins(page)
        for answer in ("Good", "Low"):
            writes(page, "/checkin")
            expect(page.locator(".keys").last).to_contain_text("Not today")
            taps(page, answer)
            for _question in range(3):
                taps(page, "Skip")
        writes(page, "/progress")
        picture = page.locator(".chat img.drawn")
        expect(picture).to_have_js_property("naturalWidth", 720)
        expect(picture).to_have_attribute("alt", re.compile("Higher is better"))

    chromium.run(story, **PHONE)
