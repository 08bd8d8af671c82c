"""What the page at /_localcloud/ is given to show, over HTTP, and to whom it is refused."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from conftest import eventually
from page_world import World, opened

import localcloud


@dataclass(frozen=True)
class Page:
    world: World
    running: localcloud.Running

    def get(self, path: str = "", method: str = "GET", **headers: str) -> tuple[Any, bytes]:
        at = urlsplit(self.running.endpoint)
        connection = http.client.HTTPConnection(str(at.hostname), at.port, timeout=10)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, f"/_localcloud/{path}", headers=sent)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def read(self, name: str, /, **query: str) -> Any:
        words = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
        answer, body = self.get(f"page/{name}?{words}")
        assert answer.status == 200, body
        return json.loads(body)

    def item(self, section: str, name: str) -> Any:
        found = self.read("overview")[section]["items"]
        return next((item for item in found if item["name"] == name), None)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with opened(tmp_path_factory.mktemp("page")) as (running, world):
        yield Page(world, running)


def test_it_is_made_of_its_own_files_only(page: Page) -> None:
    """No font, script or style from elsewhere: it works without a network."""
    answer, body = page.get()
    assert answer.getheader("content-type") == "text/html; charset=utf-8"
    names = re.findall(r'(?:src|href)="/_localcloud/(page/[a-z.]+)"', body.decode())
    seen, waiting = {"": body}, set(names)
    while waiting:
        name = waiting.pop()
        answer, seen[name] = page.get(name)
        assert answer.status == 200
        waiting |= {f"page/{n}" for n in re.findall(r'"\./([a-z]+\.js)"', seen[name].decode())}
        waiting -= seen.keys()
    assert {"page/main.js", "page/page.css", "page/execution.js", "page/plot.js"} <= seen.keys()
    elsewhere = re.findall(r"https?://(?!www\.w3\.org)[^\s\"')]+", b"".join(seen.values()).decode())
    assert elsewhere == []


def test_the_browser_is_told_to_load_nothing_else_and_to_frame_it_nowhere(page: Page) -> None:
    policy = page.get()[0].getheader("content-security-policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["", "page/main.js", "page/overview", "health"])
@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example:4566", "sagemaker.us-east-1.amazonaws.com"],
)
def test_a_foreign_name_for_the_loopback_is_refused(page: Page, path: str, host: str) -> None:
    """DNS rebinding: a name of an attacker's that suddenly means 127.0.0.1."""
    answer, body = page.get(path, Host=host)
    assert answer.status == 403
    assert b"loopback" in body


@pytest.mark.parametrize("path", ["", "page/overview", "page/log?group=x"])
def test_a_web_page_of_another_origin_is_refused(page: Page, path: str) -> None:
    assert page.get(path, Origin="https://evil.example")[0].status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_its_data_are_no_image_or_script_of_another_page(page: Page, site: str) -> None:
    """Such a request has no Origin; browsers say in another way where it comes from."""
    assert page.get("page/overview", Sec_Fetch_Site=site)[0].status == 403
    assert page.get("page/overview", Sec_Fetch_Site="same-origin")[0].status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_can_only_be_read(page: Page, method: str) -> None:
    answer, _ = page.get("page/overview", method)
    assert (answer.status, answer.getheader("allow")) == (405, "GET")


def test_what_has_not_changed_is_not_sent_again(page: Page) -> None:
    answer, body = page.get("page/log?group=none")
    again, nothing = page.get("page/log?group=none", If_None_Match=answer.getheader("etag"))
    assert (again.status, nothing) == (304, b"")
    assert body


def test_what_is_missing_is_named(page: Page) -> None:
    answer, body = page.get("page/execution?arn=arn%3Anone")
    assert (answer.status, b"no execution" in body) == (404, True)
    assert page.get("page/execution")[0].status == 400
    assert page.get("page/nothing.js")[0].status == 404


def test_a_canary_is_seen_to_shift(page: Page) -> None:
    def routes() -> dict[str, float]:
        (alias,) = page.item("functions", "orders")["aliases"]
        return {route["version"]: route["weight"] for route in alias["routes"]}

    assert routes() == {"1": 1.0}
    deployment = page.world.canary()
    eventually(lambda: routes() == {"1": 0.9, "2": 0.1})
    eventually(lambda: routes() == {"2": 1.0})

    def told() -> Any:
        found = page.read("overview")["deployments"]["items"]
        return next(d for d in found if d["id"] == deployment)

    eventually(lambda: told()["status"] == "Succeeded")
    (target,) = told()["targets"]
    assert (target["from"], target["to"], target["weight"]) == ("1", "2", 100.0)


def test_a_functions_calls_and_errors_are_counted_by_version(page: Page) -> None:
    before = page.item("functions", "orders")
    page.world.invoke("one")
    page.world.invoke("bad")
    after = page.item("functions", "orders")
    assert after["invocations"] - before["invocations"] == 2
    assert after["errors"] - before["errors"] == 1
    (route,) = after["aliases"][0]["routes"]
    assert route["errors"] >= 1


def test_an_execution_is_a_graph_with_what_happened(page: Page) -> None:
    arn = page.world.run("bad")
    eventually(lambda: page.read("execution", arn=arn)["status"] == "FAILED")
    found = page.read("execution", arn=arn)
    assert found["states"]["Validate"]["status"] == "caught"
    assert found["states"]["Refuse"]["status"] == "failed"
    assert "Ship" not in found["states"]
    assert (found["error"], found["cause"]) == ("OrderRefused", "the order has no items")
    names = {node["name"] for node in found["graph"]["nodes"]}
    assert {"Validate", "Check the stock", "Pack an item", "Ship"} <= names


def test_a_state_tells_its_input_output_and_error(page: Page) -> None:
    arn = page.world.run("bad-2")
    eventually(lambda: page.read("execution", arn=arn)["status"] != "RUNNING")
    (visit,) = page.read("state", arn=arn, name="Validate")["items"]
    assert json.loads(visit["input"]) == {"order": "bad-2"}
    assert json.loads(visit["output"])["validated"]["accepted"] == "bad-2"
    packed = page.read("state", arn=arn, name="Pack an item")
    assert len(packed["items"]) == 3
    assert packed["definition"]["Type"] == "Pass"


def test_a_loop_and_a_map_count_their_visits(page: Page) -> None:
    arn = page.world.run("large")
    eventually(lambda: page.read("execution", arn=arn)["status"] == "SUCCEEDED")
    states = page.read("execution", arn=arn)["states"]
    assert states["Validate"]["visits"] == 2
    assert states["Pack an item"] == {"status": "succeeded", "visits": 3, "errors": 0}


def test_an_alarm_comes_with_its_metric_and_the_threshold(page: Page) -> None:
    page.world.measure(170.0)
    eventually(lambda: page.item("alarms", "queue-too-deep")["state"] == "ALARM")
    sounding = page.read("overview")["alarms"]["items"][0]
    assert sounding["name"] == "queue-too-deep"  # what sounds comes first
    assert sounding["plot"]["threshold"] == 100.0
    assert 170.0 in sounding["plot"]["values"]
    assert len(sounding["plot"]["values"]) == 40


def test_a_job_comes_with_its_log(page: Page) -> None:
    eventually(lambda: page.item("jobs", "forecast")["status"] == "Completed", seconds=20)
    job = page.item("jobs", "forecast")
    lines = page.read("log", group=job["log_group"], stream="forecast/")["lines"]
    assert "epoch 2: loss=0.333" in [line["message"] for line in lines]
    other = page.read("log", group=job["log_group"], stream="another/")
    assert (other["exists"], other["lines"]) == (True, [])


def test_stacks_rules_and_what_is_only_recorded_are_listed(page: Page) -> None:
    stack = page.item("stacks", "shop-queues")
    assert (stack["status"], stack["resources"]) == ("CREATE_COMPLETE", 2)
    assert {event["id"] for event in stack["events"]} == {"shop-queues", "Orders", "Late"}
    rule = page.item("rules", "every-night")
    assert rule["schedule"] == "rate(1 day)"
    assert rule["targets"][0].endswith(":function:orders")
    assert len(page.read("overview")["recorded"]) > 10


def test_every_part_can_be_read(page: Page) -> None:
    parts = {k: v for k, v in page.read("overview").items() if isinstance(v, dict)}
    assert len(parts) == 10
    assert {name: part["error"] for name, part in parts.items() if "error" in part} == {}
