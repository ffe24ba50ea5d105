"""What people meet at the pages beside the explorer: readable by everybody, on a desk and on a phone, asking nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Request, expect

from tests.dashboard.conftest import ODD, PublicSite

pytestmark = pytest.mark.browser

PAGES = ["/api?lang=en", "/api?lang=fr",
         "/digest/2020-W19?lang=en", "/digest/2020-W19?lang=es", "/digest/2020-W17?lang=fr",
         f"/card/initiative/{ODD}?lang=en", "/card/country/CA?lang=fr", "/card/initiative/4000?lang=es"]  # fmt: skip


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_ask_nobody_else(
    public_site: PublicSite, browser: Browser, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.on("console", lambda said: complaints.append(said.text) if "404" not in said.text else None)
    for path in PAGES:
        page.goto(f"{public_site.address}{path}")

        found = Axe().run(page).response["violations"]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
    assert [address for address in asked if not address.startswith(public_site.address)] == []
    assert complaints == []
    assert context.cookies() == []
    context.close()


def test_the_pictures_of_a_week_are_shown(public_site: PublicSite, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{public_site.address}/digest/2020-W19?lang=en#post")

    for image in page.locator("figure img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", value=True)
        assert image.evaluate("image => image.naturalWidth") == 1200
    page.close()


@contextmanager
def another_site(body: str) -> Iterator[str]:
    """A page of somebody else, from a server of theirs; its address."""

    class Theirs(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Theirs) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def test_another_site_can_show_a_card_and_no_other_page_of_ours(public_site: PublicSite, browser: Browser) -> None:
    page = browser.new_page()
    frames = [("card", "/card/country/CA?lang=en"), ("page", "/api?lang=en")]
    body = "".join(f'<iframe name="{name}" src="{public_site.address}{path}"></iframe>' for name, path in frames)

    with another_site(f"<!DOCTYPE html>{body}") as address:
        page.goto(address)

        expect(page.frame_locator("[name=card]").get_by_role("heading")).to_have_text("Canada")
        shut = page.frame("page")
        assert shut is not None
        assert shut.url.startswith("chrome-error:")
    page.close()


def test_the_way_out_works_on_these_pages_too(public_site: PublicSite, browser: Browser) -> None:
    page = browser.new_page()
    page.route("https://weather.example.org/", lambda route: route.fulfill(body="<title>Weather</title>"))
    page.goto(f"{public_site.address}/api?lang=en")

    for _ in range(3):
        page.keyboard.press("Shift")

    expect(page).to_have_url("https://weather.example.org/")
    page.close()
