import sys
from contextlib import suppress

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from agent.config.settings import Audio
from agent.desktop.hotkey import follow_hotkey, way
from agent.desktop.hotkey.keys import Chord, parse
from agent.doctor.hotkey import check_hotkey
from agent.errors import Misconfigured, Unavailable


@pytest.mark.parametrize(
    ("text", "key", "modifiers"),
    [
        ("<ctrl>+<alt>+space", "space", {"ctrl", "alt"}),
        ("ctrl + alt + space", "space", {"ctrl", "alt"}),
        ("<SUPER>+T", "t", {"super"}),
        ("<ctrl>+<shift>+page_up", "Prior", {"ctrl", "shift"}),
        ("f9", "F9", set()),
        ("<pause>", "Pause", set()),
        ("<shift>+f12", "F12", {"shift"}),
        ("<ctrl>+`", "grave", {"ctrl"}),
    ],
)
def test_keys_have_names(text: str, key: str, modifiers: set[str]) -> None:
    assert parse(text) == Chord(key, frozenset(modifiers))  # type: ignore[arg-type] # of str


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", '"" is no key'),
        ("<ctrl>+<alt>", "no key besides modifiers"),
        ("<ctrl>+a+b", '"a" and "b"'),
        ("<ctrl>+hyper", '"hyper" is no key'),
        ("<hyper>+space", '"hyper" and "space"'),
        ("space", 'nobody could write "space" any more'),
        ("<shift>+a", 'nobody could write "a" any more'),
        ("<ctrl>++", '"" and ""'),
    ],
)
def test_nonsense_is_named_with_what_would_be_right(text: str, reason: str) -> None:
    with pytest.raises(Misconfigured) as told:
        parse(text)
    assert f'audio.hotkey is "{text}"' in str(told.value)
    assert reason in str(told.value)
    assert "<ctrl>+<alt>+space" in str(told.value)


@settings(max_examples=200)
@given(st.text(alphabet="<>+ abf1ctrlaltshift", max_size=20))
def test_whatever_is_written_it_is_a_key_or_misconfigured(text: str) -> None:
    with suppress(Misconfigured):
        assert parse(text).key


def test_x11_within_wayland_is_no_way() -> None:
    assert way({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}) == "portal"
    assert way({"XDG_SESSION_TYPE": "wayland", "DISPLAY": ":0"}) == "portal"
    assert way({"DISPLAY": ":0"}) == "X11"


@pytest.fixture
def _no_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_no_desktop")
async def test_without_a_desktop_the_reason_is_plain() -> None:
    with pytest.raises(Unavailable, match="there is no desktop"):
        await follow_hotkey("f9", lambda: None, lambda: None)


@pytest.mark.parametrize(
    ("display", "module"), [("DISPLAY", "xcffib"), ("WAYLAND_DISPLAY", "jeepney")]
)
@pytest.mark.usefixtures("_no_desktop")
async def test_a_missing_library_is_named_with_the_extra(
    display: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("agent.desktop.hotkey.x11", raising=False)
    for name in [*sys.modules]:
        if name.startswith(("agent.desktop.hotkey.", module)):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setenv(display, ":0")
    [found] = await check_hotkey(Audio(hotkey="f9"))
    assert f"{module}" in found.title
    assert "tonny-agent[hotkey]" in found.title


@pytest.mark.usefixtures("_no_desktop")
async def test_the_doctor_says_what_to_do_instead() -> None:
    [found] = await check_hotkey(Audio(hotkey="<ctrl>+<alt>+space"))
    assert (found.code, found.severity) == ("hotkey", "fault")
    assert "tonny-agent ptt toggle" in found.remedy


async def test_the_doctor_says_which_key_is_wrong() -> None:
    [found] = await check_hotkey(Audio(hotkey="<ctrl>+nothing"))
    assert (found.code, found.severity) == ("hotkey.keys", "fault")
    assert '"nothing" is no key' in found.title


@pytest.mark.parametrize(("mode", "told"), [("voice", False), ("ptt", True)])
async def test_no_hotkey_is_no_fault(mode: str, told: bool) -> None:
    [found] = await check_hotkey(Audio(mode=mode))  # type: ignore[arg-type] # a str
    assert (found.code, found.severity) == ("hotkey.off", "note")
    assert ("tonny-agent ptt toggle" in found.remedy) is told
