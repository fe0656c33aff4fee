"""What may be reported of the services that Tonny talks to, and of the voices."""

from agent.doctor.known import Known

_LESS = "It works, but less well than it could."
_MUTE = "What Tonny answers is not heard."
_LOCAL_EAR = "Until then the embedded recogniser hears, less well and in English only."
_QUEUED = "Questions wait in the queue, and are asked when it is back."
_VOICE = "The embedded voice speaks."

SERVICES: dict[str, Known] = {
    "stt.url.unset": Known("No WhisperLiveKit is configured.", _LESS),
    "stt.moonshine": Known(
        "The embedded recogniser does not hear.",
        "Nothing stands in for WhisperLiveKit when it is away.",
    ),
    "stt.moonshine.language": Known(
        "The embedded recogniser, the only one, does not know the language.",
        "Tonny does not understand you.",
    ),
    "stt.moonshine.slow": Known("The embedded recogniser is slow here.", _LESS),
    "stt.loading": Known("WhisperLiveKit is still loading its model.", _LOCAL_EAR),
    "stt.ca": Known("The file in stt.ca holds no certificate.", _LOCAL_EAR),
    "stt.token": Known("It does not accept the token.", _LOCAL_EAR),
    "stt.path": Known("It has no sessions at this path.", _LOCAL_EAR),
    "stt.refused": Known("It says no.", _LOCAL_EAR),
    "stt.language": Known("It does not know the language.", _LOCAL_EAR),
    "stt.ffmpeg": Known("It takes audio through ffmpeg.", _LESS),
    "stt.deaf": Known("It heard nothing in speech.", _LOCAL_EAR),
    "stt.slow": Known("It is too slow for conversation.", "Answers come late."),
    "stt.lost": Known("It broke off while it heard.", _LOCAL_EAR),
    "stt.model": Known("It has another model than stt.model says.", _LESS),
    "workflow.url.unset": Known(
        "No workflow is configured.", "A small responder answers."
    ),
    "workflow.path": Known("There is nothing at its path.", "Nothing is answered."),
    "workflow.moved": Known("It has moved.", "Nothing is answered."),
    "workflow.slow": Known("It takes long to answer.", "So do answers."),
    "workflow.token": Known("It does not let Tonny in.", "Nothing is answered."),
    "workflow.test_url": Known("It is a test URL.", "It answers once a click."),
    "workflow.starting": Known("n8n may be starting.", _QUEUED),
    "workflow.page": Known("It is a page for people.", "Nothing is answered."),
    "workflow.inactive": Known("The workflow is not active.", _QUEUED),
    "workflow.missing": Known("n8n has no workflow with this path.", _QUEUED),
    "workflow.method": Known("Its webhook does not take POST.", "Nothing is answered."),
    "workflow.api_key": Known("n8n does not take the API key.", _LESS),
    "workflow.n8n.old": Known(
        "This n8n has security holes that are publicly known.",
        "Others could get into it, and into what it knows.",
    ),
    "workflow.websocket": Known("The workflow's WebSocket is away.", _QUEUED),
    "workflow.websocket.n8n": Known("n8n has no WebSocket for Tonny there.", _QUEUED),
    "tts.api_key.unset": Known("No ElevenLabs key is configured.", _LESS),
    "tts.elevenlabs": Known("ElevenLabs does not speak.", "The embedded voice does."),
    "tts.elevenlabs.key": Known("The key is not accepted.", _VOICE),
    "tts.elevenlabs.permission": Known("The key may not speak.", _VOICE),
    "tts.elevenlabs.language": Known("The model does not have the language.", _VOICE),
    "tts.budget": Known("What may be spent in a day is spent.", _VOICE),
    "tts.elevenlabs.model": Known("There is no such model.", _VOICE),
    "tts.elevenlabs.slow": Known("ElevenLabs takes long to begin.", "So do answers."),
    "tts.pico": Known(
        "The embedded voice does not speak.",
        "Nothing stands in for ElevenLabs when it is away.",
    ),
    "tts.system": Known("This computer's own voice does not speak.", _MUTE),
    "tts.voice.refused": Known("The voice is not allowed.", "Another one speaks."),
    "tts.format.refused": Known("The plan does not allow this format.", _LESS),
    "tts.quota.unknown": Known("The key may not see the plan.", _LESS),
    "tts.quota.spent": Known("The plan is used up.", "The embedded voice speaks."),
    "rabbitmq.away": Known(
        "RabbitMQ is away.", "Events wait on disk until it is back."
    ),
    "rabbitmq.silent": Known(
        "RabbitMQ does not answer.", "Events wait on disk until it does."
    ),
    "rabbitmq.other": Known(
        "Something else than RabbitMQ answers.", "Events wait on disk until it does."
    ),
    "rabbitmq.refused": Known(
        "RabbitMQ says no.", "Nobody hears of what happens here."
    ),
    "tts.quota.low": Known("The plan is nearly used up.", "Soon another voice speaks."),
}

_REACHED = {
    "host": "There is no host of this name.",
    "away": "Nobody listens at its address.",
    "silent": "Its port takes connections, and nobody answers.",
    "other": "Something else answers at its address.",
    "tls": "One side speaks TLS, the other does not.",
    "certificate": "Its certificate is not trusted.",
    "certificate.expired": "Its certificate has expired.",
    "certificate.early": "Its certificate is not valid yet.",
    "certificate.name": "Its certificate is for another name.",
    "failing": "It is there, and does not answer as it should.",
}
for _section, _why in (
    ("stt", _LOCAL_EAR),
    ("workflow", _QUEUED),
    ("tts.elevenlabs", _VOICE),
):
    SERVICES |= {f"{_section}.{end}": Known(it, _why) for end, it in _REACHED.items()}
