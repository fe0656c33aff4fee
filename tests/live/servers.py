"""Real n8n and real Node-RED, each in a folder that is thrown away."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
N8N = ROOT / "packaging" / "n8n"
TOKEN, SECRET = "live-test-token", "live-test-secret"  # of throw-away servers
STARTS_WITHIN = 120.0
OFF = (
    "DIAGNOSTICS_ENABLED VERSION_NOTIFICATIONS_ENABLED TEMPLATES_ENABLED"
    " PERSONALIZATION_ENABLED HIRING_BANNER_ENABLED COMMUNITY_PACKAGES_ENABLED"
    " LICENSE_AUTO_RENEW_ENABLED SECURE_COOKIE"
)


class Ports(msgspec.Struct, frozen=True):
    """Where the workflows listen for WebSockets, bare and with signatures, and where the
    model of the agent is."""

    socket: int
    signed: int
    model: int


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Server:
    """One that can be stopped and started again in between. It keeps its things in
    *folder*."""

    def __init__(
        self, command: list[str], env: dict[str, str], url: str, folder: Path
    ) -> None:
        self.url = url
        self.folder = folder
        self._command = command
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            env=self._env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def stop(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._process = None

    def wait_for(self, path: str, body: object = None) -> None:
        """Until *path* is known to it, so that it refuses us, who have no token: before,
        there are 404s, and a 200 that says that it is starting."""
        end, pause = time.monotonic() + STARTS_WITHIN, threading.Event()
        while time.monotonic() < end:
            if self._status(path, body) == 403:
                return
            pause.wait(0.2)
        raise TimeoutError(f"{self.url}{path} is not there after {STARTS_WITHIN:g} s")

    def _status(self, path: str, body: object) -> int:
        try:
            return httpx.post(f"{self.url}{path}", json=body, timeout=5).status_code
        except httpx.HTTPError:
            return 0


@contextmanager
def n8n(install: Path, folder: Path, ports: Ports) -> Iterator[Server]:
    """With all of our workflows active, except the one that needs a RabbitMQ."""
    port = free_port()
    env = {
        **os.environ,
        "PATH": f"{install / 'node_modules/.bin'}:{os.environ['PATH']}",
        "N8N_USER_FOLDER": str(folder),
        "N8N_LISTEN_ADDRESS": "127.0.0.1",
        "N8N_HOST": "127.0.0.1",
        "N8N_PORT": str(port),
        "N8N_RUNNERS_BROKER_PORT": str(free_port()),
        "N8N_RUNNERS_BROKER_LISTEN_ADDRESS": "127.0.0.1",
        "N8N_ENCRYPTION_KEY": "throw-away",
        "N8N_EXPRESSION_ENGINE": "legacy",
        "N8N_CUSTOM_EXTENSIONS": str(N8N / "nodes"),
        "NODE_ENV": "production",
        **{f"N8N_{name}": "false" for name in OFF.split()},
    }
    workflows = _prepared(folder, ports)

    def cli(*arguments: str) -> None:
        subprocess.run(["n8n", *arguments], env=env, check=True, capture_output=True)

    cli("import:credentials", f"--input={folder / 'credentials.json'}")
    cli("import:workflow", "--separate", f"--input={folder / 'workflows'}")
    version = subprocess.run(
        ["n8n", "--version"], env=env, check=True, capture_output=True, text=True
    ).stdout
    for name in workflows:
        if version.startswith("1."):
            cli("update:workflow", f"--id={name}", "--active=true")
        else:
            cli("publish:workflow", f"--id={name}")
    server = Server(["n8n", "start"], env, f"http://127.0.0.1:{port}", folder)
    server.start()
    try:
        server.wait_for("/webhook/tonny", {})
        yield server
    finally:
        server.stop()


def _prepared(folder: Path, ports: Ports) -> list[str]:
    """Our workflows with secrets of their own; the ids of those to activate."""
    (folder / "workflows").mkdir()
    credentials = (N8N / "credentials.example.json").read_text("utf-8")
    credentials = credentials.replace("change-me", TOKEN)
    model = f"http://127.0.0.1:{ports.model}/v1"
    credentials = credentials.replace("https://api.openai.com/v1", model)
    (folder / "credentials.json").write_text(credentials, "utf-8")
    active: list[str] = []
    for file in [*(N8N / "workflows").glob("*.json"), *HERE.glob("workflows/*.json")]:
        workflow = json.loads(file.read_text("utf-8"))
        for node in workflow["nodes"]:
            _set(node, ports)
        (folder / "workflows" / file.name).write_text(json.dumps(workflow), "utf-8")
        if file.stem != "tonny-rabbitmq":
            active.append(workflow["id"])
    return active


def _set(node: dict[str, Any], ports: Ports) -> None:
    """What the notes in the workflows ask their users to set."""
    parameters = node["parameters"]
    if node["name"] == "Secret":
        parameters["assignments"]["assignments"][0]["value"] = SECRET
    if node["type"] == "CUSTOM.tonnyTrigger":
        secret = parameters.get("secret") and SECRET
        port = ports.signed if secret else ports.socket
        parameters.update(token=TOKEN, secret=secret or "", port=port)


@contextmanager
def node_red(install: Path, folder: Path) -> Iterator[Server]:
    """With our flow."""
    port = free_port()
    shutil.copy(ROOT / "packaging" / "node-red" / "flow.json", folder / "flow.json")
    env = {**os.environ, "TONNY_TOKEN": TOKEN, "NODE_RED_DISABLE_TELEMETRY": "1"}
    command = [
        str(install / "node_modules/.bin/node-red"),
        *("--port", str(port), "--userDir", str(folder), str(folder / "flow.json")),
    ]
    server = Server(command, env, f"http://127.0.0.1:{port}", folder)
    server.start()
    try:
        server.wait_for("/tonny", {})
        yield server
    finally:
        server.stop()
