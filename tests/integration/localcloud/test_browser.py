"""The page at /_localcloud/, opened in a real browser and looked at as a person would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from chromium import browser
from conftest import IMAGES, LAMBDA_PYTHON, eventually, free_port
from page_world import World, opened

import localcloud

SIZES = {"desk": (1360, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def cloud_and_world(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[localcloud.Running, World]]:
    with opened(tmp_path_factory.mktemp("browser")) as made:
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def world(cloud_and_world: tuple[localcloud.Running, World]) -> World:
    made = cloud_and_world[1]
    for order in ("small", "bad"):
        made.run(order)
    made.measure(170.0)
    return made


@pytest.fixture(params=SIZES)
def view(
    request: pytest.FixtureRequest,
    chromium: Any,
    cloud_and_world: tuple[localcloud.Running, World],
    world: World,
) -> Iterator[Any]:
    """The page as it opens, on a desk and on a phone; at the end nothing was complained of."""
    width, height = SIZES[request.param]
    context = chromium.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(8000)
    view = context.new_page()
    complaints: list[str] = []
    view.on("console", lambda said: complaints.append(said.text))
    view.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    view.on("request", lambda sent: asked.append(sent.url))
    view.goto(f"{cloud_and_world[0].endpoint}/_localcloud/")
    view.wait_for_selector("#executions tr:has-text('order-bad') .badge:has-text('failed')")
    yield view
    assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []
    own = (f"{cloud_and_world[0].endpoint}/_localcloud/", "data:")
    assert [url for url in asked if not url.startswith(own)] == []
    context.close()


def test_a_failed_execution_shows_where_and_why(view: Any) -> None:
    view.click("text=order-bad")
    assert "bad" in view.get_attribute("[data-state='Refuse']", "class")
    assert "warn" in view.get_attribute("[data-state='Validate']", "class")
    assert "entered" not in view.get_attribute("[data-state='Ship']", "class")
    assert "OrderRefused: the order has no items" in view.inner_text("main")
    view.click("[data-state='Validate']")
    view.wait_for_selector("aside >> text=LambdaFunctionFailed")
    told = view.inner_text("aside")
    assert '"order": "bad"' in told  # its input
    assert '"Error": "ValueError"' in told  # its output
    assert "order 'bad' has no items" in told  # its error


def test_a_state_is_chosen_by_the_keyboard(view: Any) -> None:
    view.click("text=order-small")
    view.focus("[data-state='Pack an item']")
    view.keyboard.press("Enter")
    view.wait_for_selector("aside h3:has-text('Pack an item')")
    assert view.locator("aside details > summary .badge").count() == 3
    focused = "document.activeElement.getAttribute('data-state')"
    view.wait_for_timeout(1500)  # it has been drawn anew since
    assert view.evaluate(focused) == "Pack an item"


def test_an_alarm_is_plotted_beside_its_threshold(view: Any) -> None:
    card = "#alarms article:has-text('queue-too-deep')"
    view.wait_for_selector(f"{card} .badge:has-text('alarm')")
    assert view.locator(f"{card} line.threshold").count() == 1
    assert view.locator(f"{card} .plot .dot").count() >= 1
    assert "> 100" in view.inner_text(f"{card} figcaption")


@pytest.mark.parametrize("view", ["desk"], indirect=True)
def test_a_job_s_log_is_followed(view: Any) -> None:
    view.click("#jobs >> text=forecast")
    view.wait_for_selector(".log >> text=epoch 2: loss=0.333", timeout=20000)


@pytest.mark.parametrize("view", ["desk"], indirect=True)
def test_what_happens_is_seen_without_a_reload(view: Any, world: World) -> None:
    order = f"new-{view.viewport_size['width']}"
    world.run(order)
    view.wait_for_selector(f"#executions tr:has-text('order-{order}') .badge:has-text('succeeded')")


@pytest.mark.parametrize("view", ["desk"], indirect=True)
def test_the_weights_of_a_canary_move_before_one_s_eyes(view: Any, world: World) -> None:
    def shares() -> str:
        return str(view.get_attribute("#functions article svg.bar", "aria-label"))

    def width(version: int) -> float:
        return float(
            view.evaluate(
                f"document.querySelector('#functions rect[data-key=\"version {version}\"]')"
                "?.getBoundingClientRect().width ?? 0"
            )
        )

    world.canary_back()
    eventually(lambda: shares() == "version 1 100 %")
    whole = width(1)
    world.canary()
    eventually(lambda: shares() == "version 1 90 %, version 2 10 %")
    eventually(lambda: width(1) == pytest.approx(0.9 * whole, abs=1.5))
    eventually(lambda: shares() == "version 2 100 %")


def test_it_is_readable_in_the_dark(
    chromium: Any, cloud_and_world: tuple[localcloud.Running, World], world: World
) -> None:
    ground = {}
    arn = "arn:aws:states:us-east-1:000000000000:execution:order-flow:order-bad"
    for scheme in ("light", "dark"):
        context = chromium.new_context(color_scheme=scheme)
        page = context.new_page()
        where = f"/_localcloud/#/execution/{quote(arn, safe='')}"
        page.goto(f"{cloud_and_world[0].endpoint}{where}")
        page.wait_for_selector("[data-state='Refuse']")
        ground[scheme] = page.evaluate(
            "(({backgroundColor, color}) => [backgroundColor, color])"
            "(getComputedStyle(document.body))"
        )
        context.close()
    assert ground["light"] != ground["dark"]
    assert brightness(ground["light"][0]) > brightness(ground["light"][1]) + 100
    assert brightness(ground["dark"][0]) < brightness(ground["dark"][1]) - 100


def brightness(colour: str) -> float:
    red, green, blue = (float(part) for part in colour[4:-1].split(","))
    return 0.3 * red + 0.6 * green + 0.1 * blue


def test_it_says_so_when_the_cloud_is_gone(
    chromium: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("gone")
    running = localcloud.start(
        localcloud.Config(free_port(), directory, 1.0, IMAGES, LAMBDA_PYTHON)
    )
    try:
        page = chromium.new_page()
        page.goto(f"{running.endpoint}/_localcloud/")
        page.wait_for_selector("text=Nothing is deployed yet")
    finally:
        localcloud.stop(directory)
    page.wait_for_selector("text=/no answer for \\d+ s/")
    page.close()
