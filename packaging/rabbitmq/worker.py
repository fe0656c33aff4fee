"""A worker that answers the questions of many Tonnys: start as many as you like.

    python worker.py amqp://guest:guest@localhost/

It needs nothing but pika. Put what you want to do in `answer`.
"""

import json
import sys
from collections import OrderedDict

import pika

QUEUE = "tonny.turns"
REMEMBERED = 1000


def answer(turn, name):
    """What is answered to *turn*: its "text" is what the user said, "context" what was said
    before, and "session_id" and "turn_id" which conversation and turn it is."""
    return {"text": f"{name} heard: {turn['text']}"}


def main(url, name="The worker", queue=QUEUE):
    answered = OrderedDict()

    def take(channel, method, properties, body):
        # What was asked before, for an answer was lost, is not done twice.
        reply = answered.get(properties.message_id)
        if reply is None:
            try:
                reply = answer(json.loads(body), name)
            except Exception as exc:  # noqa: BLE001 # a worker goes on
                reply = {"type": "error", "error": f"{type(exc).__name__}: {exc}"}
            answered[properties.message_id] = reply
            if len(answered) > REMEMBERED:
                answered.popitem(last=False)
        channel.basic_publish(
            "",
            properties.reply_to,
            json.dumps(reply).encode(),
            pika.BasicProperties(
                correlation_id=properties.correlation_id,
                content_type="application/json",
                delivery_mode=2,
            ),
        )
        channel.basic_ack(method.delivery_tag)  # only now: else another one gets it

    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.queue_declare(queue, durable=True)
    channel.basic_qos(prefetch_count=1)  # the next question goes to whoever is free
    channel.basic_consume(queue, take)
    print(f"{name} takes from {queue}", flush=True)
    channel.start_consuming()


if __name__ == "__main__":
    main(*sys.argv[1:])
