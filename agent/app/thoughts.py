"""What the think stage needs, put together."""

import math
import time
import uuid
from collections.abc import Callable
from functools import partial

from agent.app.peers import knock, workflow_peers
from agent.app.session import Session
from agent.commands import Command
from agent.config import Config
from agent.floor import Floor
from agent.ladder import Ladder
from agent.pipeline.answer import Thinking
from agent.pipeline.bells import Bells
from agent.ports import Mind
from agent.record.outbox import StoredOutbox


def thinking_of(
    config: Config,
    session: Session,
    minds: Ladder[Mind],
    floor: Floor,
    obey: Callable[[Command], None],
    *,
    alone: bool = False,
    bells: Bells | None = None,
) -> Thinking:
    """What the think stage needs; *alone* leaves what other sessions kept to them."""
    workflow = config.workflow
    return Thinking(
        minds,
        StoredOutbox(session.store, room=workflow.queue_size),
        session.id,
        new_id=lambda: str(uuid.uuid4()),
        wall=time.time,
        floor=floor,
        obey=obey,
        knock=partial(knock, workflow_peers(config)),
        bells=bells or Bells(),
        attempts=workflow.attempts,
        keep_for=workflow.keep_for,
        context_turns=workflow.context_turns,
        context_chars=workflow.context_chars,
        patience=workflow.patience,
        still_working=workflow.still_working,
        idempotent=workflow.idempotent,
        speak_within=workflow.speak_within,
        adopt_after=math.inf if alone else workflow.deadline,
    )
