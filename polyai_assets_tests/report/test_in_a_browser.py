"""A page in a browser: nothing is asked for, nothing overflows, every chart is there, by day, by night and on paper."""

from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest

BROWSER = which("chromium") or which("chromium-browser") or which("google-chrome")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="Chromium is not installed on this machine"),
]

_CONTRAST = """() => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map((part) => {
      const share = part / 255; return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const paper = luminance(getComputedStyle(document.body).backgroundColor);
  const ratio = (colour) => { const ink = luminance(colour);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05); };
  const of = (selector, property) => [...document.querySelectorAll(selector)].map(
    (element) => ratio(getComputedStyle(element)[property]));
  return Math.min(...of('p, h1, h2, h3, td, th, a, li, figcaption', 'color'), ...of('svg text', 'fill'));
}"""
_DRAWINGS = """() => [...document.querySelectorAll('svg.drawing')].map((drawing) => {
  const box = drawing.getBoundingClientRect(); const page = document.documentElement.clientWidth;
  return [box.width, box.height, box.left >= 0 && box.right <= page + 0.5]; })"""


@pytest.fixture(scope="module")
def browser() -> Iterator["object"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield running
        running.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_shown_whole_at_every_width_and_asks_for_nothing(
    browser, page: str, tmp_path: Path, scheme: str
) -> None:
    file = tmp_path / "page.html"
    file.write_text(page, encoding="utf-8")
    context = browser.new_context(color_scheme=scheme)
    opened = context.new_page()
    said, asked = [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))

    opened.goto(file.as_uri())

    for width in (360, 768, 1280):
        opened.set_viewport_size({"width": width, "height": 900})
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        drawings = opened.evaluate(_DRAWINGS)
        assert len(drawings) > 15
        assert all(wide > 200 and high > 20 and is_inside for wide, high, is_inside in drawings)
    assert opened.evaluate(_CONTRAST) >= 4.5
    assert said == []
    assert asked == [file.as_uri()]
    opened.emulate_media(media="print")
    opened.set_viewport_size({"width": 688, "height": 1000})  # A4 less its margins
    assert opened.evaluate("document.documentElement.scrollWidth") <= 688
    assert opened.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    context.close()
