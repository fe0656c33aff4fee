import os
import pwd

import pytest


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where nothing is known of the user: in a container started with any uid."""

    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    for variable in [*os.environ]:
        if variable == "HOME" or variable.startswith("XDG_"):
            monkeypatch.delenv(variable)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
