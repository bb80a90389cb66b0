"""What asyncio and ZeroMQ seldom need is not loaded with them, and is there for who needs it: in a fresh process."""

from __future__ import annotations

import subprocess
import sys

_TALK = """
import sys
from sdk.transport.lean_imports import import_asyncio
import_asyncio()
import asyncio
lean = not {"ssl", "_ssl", "asyncio.sslproto"} & set(sys.modules)

async def talk():
    async def refuse(reader, writer):
        writer.write(b"this is not TLS\\n")
        writer.close()
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    print(await reader.read())
    writer.close()
    import ssl
    try:
        await asyncio.open_connection("127.0.0.1", port, ssl=ssl.create_default_context())
    except ssl.SSLError as error:
        print(type(error).__name__, asyncio.sslproto.SSLProtocol.__name__)
    server.close()

asyncio.run(talk())
import asyncio.sslproto, ssl
print(lean, asyncio.base_events.ssl.SSLContext is ssl.SSLContext, asyncio.sslproto.__file__ is not None)
"""


def test_tls_is_loaded_when_it_is_asked_for() -> None:
    said = subprocess.run([sys.executable, "-c", _TALK], capture_output=True, text=True, check=False)
    assert (said.stdout.splitlines(), said.stderr) == (
        ["b'this is not TLS\\n'", "SSLError SSLProtocol", "True True True"],
        "",
    )


def test_the_names_of_asyncio_are_there() -> None:
    code = (
        "import sys; from sdk.transport.lean_imports import import_asyncio; import_asyncio(); import asyncio; "
        "named = set(dir(asyncio)); print('ssl' in sys.modules, asyncio.sslproto.SSLProtocol.__name__); "
        "[sys.modules.pop(name) for name in list(sys.modules) if name.partition('.')[0] == 'asyncio']; "
        "import asyncio; print(sorted(set(dir(asyncio)) - named))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (said.stdout.splitlines(), said.stderr) == (["False SSLProtocol", "[]"], "")


def test_asyncio_that_is_there_already_is_left_alone() -> None:
    code = (
        "import asyncio, ssl, sys; from sdk.transport.lean_imports import import_asyncio; import_asyncio(); "
        "print(asyncio.base_events.ssl is ssl, sys.modules['ssl'] is ssl)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == ("True True\n", "")


_ZMQ = """
import sys
from sdk.transport.lean_imports import import_zmq
import_zmq()
print(sorted({"random", "pickle", "platform"} & set(sys.modules)))
import zmq
from zmq.sugar import socket
context = zmq.Context()
one, other = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
one.bind("inproc://here")
other.connect("inproc://here")
one.send_pyobj({"a": (1, None)})
print(other.recv_pyobj(), 1 < context.socket(zmq.PULL).bind_to_random_port("tcp://127.0.0.1") < 65536)
import pickle, platform, random
print(socket.DEFAULT_PROTOCOL == pickle.DEFAULT_PROTOCOL, socket.random.Random is random.Random)
print(zmq.backend.platform.python_implementation() == platform.python_implementation())
print([type(one).__name__ for one in (pickle, platform, random)])
context.destroy(linger=0)
"""


def test_what_zeromq_seldom_needs_is_loaded_when_it_is_called() -> None:
    said = subprocess.run([sys.executable, "-c", _ZMQ], capture_output=True, text=True, check=False)
    assert (said.stdout.splitlines(), said.stderr) == (
        ["[]", "{'a': (1, None)} True", "True True", "True", "['module', 'module', 'module']"],
        "",
    )


def test_zeromq_that_is_there_already_is_left_alone() -> None:
    code = (
        "import zmq, random, sys; from sdk.transport.lean_imports import import_zmq; import_zmq(); "
        "print(sys.modules['random'] is random, zmq.sugar.socket.random is random)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == ("True True\n", "")
