"""All commands at a glance: what ``tonny-agent --help`` says, without importing much."""

SUMMARY = (
    "A voice agent: it listens, asks your workflow, speaks the answer, and writes\n"
    "everything down. Without any set-up it talks with what it carries inside."
)

COMMANDS = {
    "run": ("talk:run", "Listen, think and speak, until Ctrl-C."),
    "ask": ("once:ask", "Send one turn without the microphone."),
    "say": ("once:say", "Speak a text."),
    "stop": ("speech:stop", "Say nothing more of what there was to say."),
    "pause": ("speech:pause", "Be silent for now."),
    "resume": ("speech:resume", "Go on speaking."),
    "skip": ("speech:skip", "Go on with the next text."),
    "set": ("speech:set_", "Change how the running agent speaks or listens."),
    "voices": ("voices:app", "List, choose and hear the voices of ElevenLabs."),
    "cache": ("cache:app", "What was said, kept to be said again."),
    "transcribe": ("transcribe:transcribe", "Print what is said in a recording."),
    "demo": ("talk:demo", "Hold a conversation with a bundled recording."),
    "test": ("trial:trial", "Have everything that Tonny depends on do its job once."),
    "doctor": ("doctor:doctor", "Check everything, and say how to mend what is wrong."),
    "log": ("log:log", "Show the recent conversation."),
    "stats": ("stats:stats", "How much was said, how quickly, and what went wrong."),
    "export": ("export:export", "Write the conversation to a file."),
    "purge": ("purge:purge", "Erase what was said, so that nothing of it is left."),
    "queue": ("queue:app", "What waits for an answer, and what was given up."),
    "status": ("status:status", "Show how the running agent is."),
    "dashboard": ("dashboard:dashboard", "Open a page in the browser that shows it."),
    "mute": ("drive:mute", "Close the microphone of the running agent."),
    "unmute": ("drive:unmute", "Open it again."),
    "listen": ("drive:listen", "Listen for an utterance now: start, stop or toggle."),
    "reload": ("drive:reload", "Have the running agent read agent.toml again."),
    "shutdown": ("drive:shutdown", "End the running agent."),
    "ptt": ("ptt:ptt", "Push-to-talk: press, release or toggle the key."),
    "mode": ("mode:mode", "Change when the running agent listens."),
    "model": ("model:app", "Choose the server that turns speech into text."),
    "audio": ("audio:app", "Meter, record and test microphone and speaker."),
    "devices": ("devices:devices", "List microphones and speakers."),
    "config": ("config:app", "Make, edit, show, check or import the settings."),
    "autostart": ("autostart:app", "Start whenever you log in, or no longer do."),
    "update": ("update:app", "Tell whether there is a newer version."),
    "uninstall": ("uninstall:uninstall", "Remove what Tonny has left here."),
    "secrets": ("secrets:app", "Keep keys and passwords apart from the settings."),
    "models": ("models:app", "Fetch and list the embedded models and voices."),
    "publish": ("publish:publish", "Publish one message over RabbitMQ."),
    "events": ("events:app", "What can happen, for those who watch."),
    "completion": ("completion:completion", "Print a completion script for a shell."),
}
"""Each command's place below `agent.cli`, and a line about it."""

EXAMPLES = (
    ("tonny-agent run", "talk to it, until Ctrl-C"),
    ('tonny-agent ask "what time is it?"', "without a microphone"),
    ("tonny-agent doctor", "what is wrong, and how to mend it"),
    ("tonny-agent run --help", "more about a command"),
)

STATUSES = {
    0: "All is well.",
    1: "Degraded, or a fault was found.",
    2: "Wrong usage.",
    3: "No agent is running that could be told or asked.",
    69: "A device or a service is not there.",
    70: "A bug: Tonny crashed.",
    74: "The single file is damaged, or there is no room to unpack it.",
    75: "Another Tonny is already running on this data folder.",
    78: "A setting is wrong, or a folder cannot be used.",
    130: "Ended by Ctrl-C.",
    143: "Ended by SIGTERM.",
}
"""What the exit statuses mean."""


def overview() -> str:
    """The text itself, for a terminal of 80 columns."""
    commands = [f"  {name:12} {line}" for name, (_, line) in COMMANDS.items()]
    examples = [f"  {command:37} {line}" for command, line in EXAMPLES]
    return "\n".join(
        [
            "Usage: tonny-agent COMMAND [OPTIONS]",
            "",
            SUMMARY,
            "",
            "Commands:",
            *commands,
            "",
            "For example:",
            *examples,
        ]
    )
