"""An answer that is still coming."""

from agent.pipeline.script import Script


class SoFar:
    """What has come of an answer so far."""

    def __init__(self) -> None:
        self.mind = ""
        self.said: list[str] = []
        self.script = Script()
        self.begun = False
        self.speaking = False
        self.excused = False
        self.interrupted = False
        self.streams = False

    @property
    def text(self) -> str:
        return "".join(self.said).strip()
