"""The page in a real browser: the way in, a run as it happens, one step, keys, colours, and an API that goes away."""

import asyncio
import signal

import pytest
from playwright.async_api import expect

from acting import DIAMOND, definition, step
from stateroom.app import Server, create_app, listen

pytestmark = pytest.mark.browser


async def test_the_link_signs_in_and_an_empty_page_says_what_to_type(page, site, token):
    await page.goto(site)
    await expect(page.get_by_text("this browser is not signed in")).to_be_visible()
    await page.goto(f"{site}/?token={token}")
    assert page.url == f"{site}/"
    await expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
    await expect(page.get_by_text("stateroom run .github/workflows/ci.yml")).to_be_visible()
    await expect(page.get_by_text("0 workers")).to_be_visible()


async def test_a_run_is_seen_as_it_happens(page, client, hand, token):
    await client.publish("ci", DIAMOND)
    await page.goto(f"/?token={token}")
    run = await client.start_run("ci")
    await expect(page.get_by_role("heading", name="ci #1")).to_be_visible()
    node = page.locator(".node[data-step=a]")
    await expect(node).to_contain_text("queued")
    await expect(page.locator(".edge")).to_have_count(4)
    (claim,) = await hand.claim()
    await hand.progress(claim, last_line="collected 7 items")
    await expect(node).to_contain_text("running")
    await expect(node).to_contain_text("collected 7 items")
    await expect(node.locator(".elapsed")).to_have_text("1 s")
    await hand.complete(claim)
    await expect(node).to_contain_text("succeeded")
    await hand.drain()
    await expect(page.locator(".run-head .state")).to_have_text("succeeded")
    await expect(page.get_by_role("status").last).to_contain_text("ci number 1 has succeeded")
    await expect(page.locator("#run-list [aria-current]")).to_contain_text("succeeded")
    assert run["id"] in page.url
    assert "succeeded" in await page.title()


@pytest.mark.full
async def test_a_step_shows_its_parts_output_and_reasons(page, client, hand, token):
    matrix = [{"python": "3.11"}, {"python": "3.12"}]
    await client.publish("ci", definition(step("test", matrix=matrix), step("ship", "test")))
    await client.start_run("ci")
    await page.goto(f"/?token={token}")
    await page.click(".node[data-step=ship]")
    panel = page.get_by_role("complementary")
    await expect(panel).to_contain_text("waits for success of test, which is not finished (2 times)")
    one, two = await hand.claim()
    await hand.progress(one, parts=[{"name": "Check out", "state": "succeeded", "note": "a no-op"}])
    await hand.log(one, ["\x1b[32mgreen\x1b[0m <b>not bold</b>"])
    await page.click(".node[data-step=test]")
    await expect(panel.get_by_role("log")).to_have_text("green <b>not bold</b>")
    await expect(panel.get_by_role("list", name="Parts, in order")).to_contain_text("a no-op")
    await hand.log(one, ["more"], start=2, stream="stderr")
    await expect(panel.locator(".log .stderr")).to_have_text("more")
    await hand.fail(two, message="3 tests failed")
    await panel.get_by_role("button", name="3.12").click()
    await expect(panel).to_contain_text("3 tests failed")
    await expect(panel).to_contain_text("exit code 3")
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()


@pytest.mark.full
async def test_cancel_and_retry(page, client, hand, token):
    await client.publish("ci", DIAMOND)
    await client.start_run("ci")
    await page.goto(f"/?token={token}")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator(".run-head .state")).to_have_text("cancelled")
    await page.get_by_role("button", name="Retry").click()
    await expect(page.locator(".run-head .state")).to_have_text("running")
    await client.cancel((await client.runs())["items"][0]["id"])
    await expect(page.locator(".run-head .state")).to_have_text("cancelled")
    await client.retry((await client.runs())["items"][0]["id"])
    await expect(page.locator(".run-head .state")).to_have_text("running")
    await hand.drain()
    await expect(page.locator(".run-head .state")).to_have_text("succeeded")
    await expect(page.get_by_role("button", name="Retry")).to_have_count(0)


async def test_everything_is_reached_by_keys(page, client, token):
    await client.publish("ci", DIAMOND)
    await client.start_run("ci")
    await client.start_run("ci")
    await page.goto(f"/?token={token}")
    await expect(page.locator(".node")).to_have_count(4)
    await page.locator(".node[data-step=a]").focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".node[data-step=d]")).to_be_focused()
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".node:focus")).to_have_count(1)
    await page.locator("#run-list a").last.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="ci #1")).to_be_visible()


async def test_a_large_run_is_counted_by_layer(page, client, hand, token):
    first = [step(f"s{number}") for number in range(200)]
    await client.publish("big", definition(*first, *(step(f"t{number}", f"s{number}") for number in range(200))))
    await client.start_run("big")
    claims = await hand.claim(10)
    await hand.fail(claims[0], message="broken")
    await page.goto(f"/?token={token}")
    await expect(page.locator(".layer")).to_have_count(2)
    await expect(page.locator(".layer").first).to_contain_text("1 failed")
    await page.locator(".noticed button").first.click()
    await expect(page.get_by_role("complementary")).to_contain_text("broken")
    await hand.complete(*claims[1:])
    await expect(page.locator(".layer").first).to_contain_text("9 succeeded")


async def test_dark_and_narrow_fit_too(page, client, token):
    await client.publish("ci", DIAMOND)
    await client.start_run("ci")
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(f"/?token={token}")
    await page.click(".node[data-step=d]")
    await expect(page.get_by_role("complementary")).to_be_visible()
    dark = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in dark.strip("rgb()").split(",")) < 60
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.full
async def test_it_says_that_the_api_is_away_and_comes_back(browser, client, db, hand, token):
    settings = db.settings(port=0)
    opened = listen(settings)
    url = f"http://127.0.0.1:{opened.getsockname()[1]}"
    server = Server(create_app(settings))
    serving = asyncio.create_task(server.serve_app(opened))
    await client.publish("ci", DIAMOND)
    await client.start_run("ci")
    page = await browser.new_page()
    await page.goto(f"{url}/?token={token}")
    await expect(page.locator(".node")).to_have_count(4)
    server.handle_exit(signal.SIGTERM, None)
    await serving
    opened.close()
    await expect(page.get_by_role("alert")).to_contain_text("The API does not answer")
    await hand.drain()
    opened = listen(db.settings(port=int(url.rpartition(":")[2])))
    server = Server(create_app(settings))
    serving = asyncio.create_task(server.serve_app(opened))
    await expect(page.locator(".run-head .state")).to_have_text("succeeded", timeout=20_000)
    await expect(page.locator("#away")).to_be_hidden()
    await page.close()
    server.handle_exit(signal.SIGTERM, None)
    await serving
    opened.close()


async def test_a_run_that_is_not_there_is_said(page, token):
    await page.goto(f"/?token={token}")
    await page.goto("/#/runs/01a200f6-7473-7e4f-ab50-16c860336ccd")
    await expect(page.get_by_role("heading", name="There is no such run")).to_be_visible()


async def test_the_address_that_the_command_line_prints_leads_to_the_run(page, client, token):
    await client.publish("ci", DIAMOND)
    first = await client.start_run("ci")
    await client.start_run("ci")
    await page.goto(f"/runs/{first['id']}")
    await expect(page.get_by_text("this browser is not signed in")).to_be_visible()
    await page.goto(f"/?token={token}#/runs/{first['id']}")
    await expect(page.get_by_role("heading", name="ci #1")).to_be_visible()
    await page.goto(f"/runs/{first['id']}")
    await expect(page.get_by_role("heading", name="ci #1")).to_be_visible()
