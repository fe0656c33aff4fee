"""Servers for a whole run: what they cost is their start."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.servers import Ports, Server, free_port, n8n, node_red


def _install(variable: str) -> Path:
    if not (folder := os.environ.get(variable)):
        pytest.skip(f"{variable} names no installation (see the justfile)")
    return Path(folder).absolute()


@pytest.fixture(scope="session")
def ports() -> Ports:
    return Ports(socket=free_port(), signed=free_port(), model=free_port())


@pytest.fixture(scope="session")
def real_n8n(
    ports: Ports, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    install = _install("TONNY_N8N")
    with n8n(install, tmp_path_factory.mktemp("n8n"), ports) as server:
        yield server


@pytest.fixture(scope="session")
def real_node_red(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    install = _install("TONNY_NODE_RED")
    with node_red(install, tmp_path_factory.mktemp("node-red")) as server:
        yield server
