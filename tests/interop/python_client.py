# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the rtcio authors
"""What an application does with python-socketio: one check per run, against a server of the tests.

Usage: python_client.py CHECK URL TRANSPORT...

Says "ok" at the end. Fails by an exception. `reconnects` says "connected" and "gone" on the way, for
the test to restart the server in between.
"""

import queue
import sys

import socketio

WAIT = 20  # seconds, for anything; it takes four to notice that a polling server is gone
VALUES = ("é€😀", 1.5, None, {"list": [True, {}]}, bytes([0, 1, 255]), {"deep": [b"\x07"]})


class Client:
    """A client that keeps what it hears."""

    def __init__(self, url, transports, namespaces=("/",), auth=None, **options):
        self.sio = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.1, **options)
        self.heard = queue.Queue()
        for nsp in namespaces:
            for event in ("message-back", "news", "answered", "connect", "disconnect"):
                self.sio.on(event, self.hear(nsp, event), namespace=nsp)
            self.sio.on("question", lambda *args: args, namespace=nsp)
            self.sio.on("connect_error", self.hear(nsp, "connect_error"), namespace=nsp)
        self.sio.connect(url, transports=transports, namespaces=list(namespaces), auth=auth)
        for nsp in namespaces:
            self.expect(nsp, "connect")

    def hear(self, nsp, event):
        return lambda *args: self.heard.put((nsp, event, args))

    def expect(self, nsp, event):
        """The arguments of the next occurrence; what else comes in between is lost."""
        while True:
            got_nsp, got, args = self.heard.get(timeout=WAIT)
            if (got_nsp, got) == (nsp, event):
                return args

    def ask(self, event, *args, nsp="/"):
        return self.sio.call(event, args, namespace=nsp, timeout=WAIT)


def check_talks(url, transports):
    """Events and acknowledgements, both ways, with binary."""
    client = Client(url, transports)
    client.sio.emit("message", VALUES)
    assert client.expect("/", "message-back") == VALUES
    assert tuple(client.ask("message-with-ack", *VALUES)) == VALUES
    client.sio.emit("ask", {"event": "question", "args": list(VALUES)})
    assert client.expect("/", "answered") == ({"status": "ok", "values": list(VALUES)},)
    assert client.ask("whoami")["transport"] == transports[-1]
    client.sio.disconnect()


def check_namespaces(url, transports):
    """Two namespaces on one session, auth, a refusal."""
    client = Client(url, transports, namespaces=("/", "/chat"), auth={"token": "t"})
    assert client.ask("whoami")["auth"] == {"token": "t"}
    assert client.ask("message-with-ack", 1, nsp="/chat") == 1
    assert client.ask("whoami")["id"] != client.ask("whoami", nsp="/chat")["id"]
    client.sio.disconnect()
    try:
        Client(url, transports, namespaces=("/guarded",), auth={"mode": "refuse"})
    except socketio.exceptions.ConnectionError:
        return
    raise AssertionError("was let in")


def check_rooms(url, transports):
    """A room, and a broadcast to all others."""
    a, b = Client(url, transports), Client(url, transports)
    b.ask("join", "room")
    a.ask("say", {"to": ["room"], "event": "news", "args": [1]})
    a.ask("say", {"broadcast": True, "event": "news", "args": [b"\x02"]})
    assert b.expect("/", "news") == (1,)
    assert b.expect("/", "news") == (b"\x02",)
    a.sio.disconnect()
    b.sio.disconnect()


def check_reconnects(url, transports):
    """The server ends and another one takes its port."""
    client = Client(url, transports)
    print("connected", flush=True)
    client.expect("/", "disconnect")
    print("gone", flush=True)
    client.expect("/", "connect")
    assert client.ask("message-with-ack", "again") == "again"
    client.sio.disconnect()


if __name__ == "__main__":
    check, url, *transports = sys.argv[1:]
    globals()[f"check_{check}"](url, transports)
    print("ok", flush=True)
