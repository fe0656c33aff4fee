"""A real Chromium without a screen, and the few things that a test does with it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
PATIENCE = 20.0
"""Seconds that something may take to show."""


@contextmanager
def browsing(folder: Path) -> Iterator["Browser"]:
    """Chromium with a new profile below *folder*; skips where there is none."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no Chromium with its driver: ./build/just rigs installs it")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*_FLAGS, f"--user-data-dir={folder / 'chromium'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    environment = {**os.environ, "HOME": str(folder), "TZ": "UTC"}
    service = webdriver.ChromeService(driver, env=environment)
    window = webdriver.Chrome(options=options, service=service)
    try:
        yield Browser(window)
    finally:
        window.quit()


class Browser:
    """What is on the page, by the words that people see."""

    def __init__(self, window: webdriver.Chrome) -> None:
        self.window = window

    def all(self, css: str) -> list[WebElement]:
        return self.window.find_elements(By.CSS_SELECTOR, css)

    def one(self, css: str) -> WebElement:
        """Once it is there."""
        self.until(lambda: self.all(css), f"no {css}")
        return self.all(css)[0]

    def text(self, css: str) -> str:
        script = "return document.querySelector(arguments[0])?.innerText ?? ''"
        return str(self.window.execute_script(script, css))

    def until(self, true: Any, otherwise: str) -> None:
        WebDriverWait(self.window, PATIENCE, 0.1).until(lambda _: true(), otherwise)

    def shows(self, css: str, text: str) -> None:
        """Wait for *text* at *css*."""
        otherwise = f"{css} never said {text!r}"
        self.until(lambda: text.lower() in self.text(css).lower(), otherwise)

    def run(self, script: str, *values: Any) -> Any:
        return self.window.execute_script(script, *values)

    def sized(self, width: int, height: int, scheme: str = "light") -> None:
        """As on a screen of that size, in light or dark."""
        size = {
            "width": width,
            "height": height,
            "deviceScaleFactor": 1,
            "mobile": False,
        }
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        for command, values in (
            ("Emulation.setDeviceMetricsOverride", size),
            ("Emulation.setEmulatedMedia", media),
        ):
            self.window.execute_cdp_cmd(command, values)

    @property
    def complaints(self) -> list[str]:
        """What the console holds: violations of the policy, errors of scripts."""
        log = self.window.get_log("browser")  # type: ignore[no-untyped-call]
        return [each["message"] for each in log]
