"""A stand-in for ElevenLabs' streaming speech: a second of a quiet tone."""

import math
import struct

from tests.standins.web import Asked, Reply

KEY = "stand-in-key"
RATE = 24_000
TONE = struct.pack(
    f"<{RATE}h",
    *(round(300 * math.sin(math.tau * 440 * n / RATE)) for n in range(RATE)),
)
CHUNK = 1_001
"""Bytes; odd, as the network cuts samples in half."""

ERRORS: dict[str, tuple[int, bytes]] = {
    "wrong": (
        401,
        b'{"detail":{"status":"invalid_api_key","message":"Invalid API key"}}',
    ),
    "spent": (
        401,
        b"""{"detail":{"type":"invalid_request_error","code":"quota_exceeded",
        "message":"This request exceeds your quota of 10000."}}""",
    ),
    "free": (
        402,
        b"""{"detail":{"type":"payment_required","code":"paid_plan_required",
        "message":"Free users cannot use library voices via the API.",
        "status":"payment_required","request_id":"r"}}""",
    ),
    "plan": (
        403,
        b'{"detail":{"status":"output_format_not_allowed","message":"Pro and above."}}',
    ),
    "nobody": (404, b'{"detail":{"status":"voice_not_found"}}'),
    "plain": (400, b'{"detail":"An invalid ID has been received"}'),
    "schema": (
        422,
        b'{"detail":[{"type":"missing","loc":["body","text"],"msg":"Field required"}]}',
    ),
    "page": (400, b"<html>Bad request</html>"),
    "empty": (400, b"{}"),
    "busy": (
        429,
        b'{"detail":{"status":"too_many_concurrent_requests","message":"Too many."}}',
    ),
    "down": (503, b"upstream connect error"),
}
"""What it answers to a key or a voice of that name: real bodies, of both generations
(https://elevenlabs.io/docs/api-reference, and what users reported)."""


async def tone(asked: Asked, reply: Reply) -> None:
    voice = asked.target.partition("?")[0].split("/")[-2]
    for name in (asked.headers.get("xi-api-key", "wrong"), voice):
        if name in ERRORS:
            status, body = ERRORS[name]
            await reply.whole(status, body, retry_after="7")
            return
    await reply.begin(200, content_type="audio/pcm")
    for at in range(0, len(TONE), CHUNK):
        await reply.add(TONE[at : at + CHUNK])
    await reply.end()
