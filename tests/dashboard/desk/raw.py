"""Streamlit's own protocol, spoken without a browser: what somebody may send who does not keep to what is drawn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

PATIENCE_SECONDS = 30.0


class Session:
    """One session of the desk over its websocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.buttons: dict[str, str] = {}  # label -> id, of all runs so far

    def run(self, page: str = "", query: str = "", press: str = "") -> str:
        """Everything that a run of this page sends, as text; `press` is the id of a button."""
        asked = BackMsg()
        asked.rerun_script.query_string = query
        asked.rerun_script.page_name = page
        if press:
            state = asked.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = press, True
        self.send(asked)
        said: list[str] = []
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            raw = self.socket.recv(timeout=ends - time.monotonic())
            assert isinstance(raw, bytes)
            message = ForwardMsg.FromString(raw)
            if message.WhichOneof("type") == "delta":
                element = message.delta.new_element
                if element.WhichOneof("type") == "button":
                    self.buttons[element.button.label] = element.button.id
            if message.WhichOneof("type") == "script_finished":
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return "".join(said)
            else:
                said.append(str(message))

    def send(self, message: BackMsg) -> None:
        self.socket.send(message.SerializeToString())


@contextmanager
def opened(address: str, cookie: str = "", origin: str = "") -> Iterator[Session]:
    """A session at this address with these cookies, as from a page of this origin (else the desk's own)."""
    host = urlsplit(address).netloc
    headers = {"Cookie": cookie} if cookie else {}
    socket = connect(
        f"ws://{host}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        origin=Origin(origin or address),
        additional_headers=headers,
        max_size=None,
        open_timeout=PATIENCE_SECONDS,
    )
    with socket:
        yield Session(socket)
