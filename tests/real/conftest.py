"""Real machines for tests: a program is there, or the test is skipped with a reason.

With NIGHTMARKET_REQUIRE_REAL=1 a missing program is a failure, so that CI cannot skip by accident.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.streaming.waiting import wait_until


def need(program: str) -> str:
    """The path of ``program``; skips (or fails, see above) without it."""
    path = shutil.which(program)
    if path is None:
        missing(f"{program} is not installed")
    return str(path)


def missing(reason: str) -> None:
    """Skip the test, or fail it where real machines are required."""
    if os.environ.get("NIGHTMARKET_REQUIRE_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


NGINX = """
{load}
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 64; }}
rtmp {{
    server {{
        listen 127.0.0.1:{port};
        chunk_size 4096;
        application live {{ live on; record off; drop_idle_publisher 5s; }}
    }}
}}
"""
MODULES = ("/usr/lib/nginx/modules/ngx_rtmp_module.so", "/usr/share/nginx/modules/ngx_rtmp_module.so")


class RtmpServer:
    """nginx with its RTMP module on a loopback port; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._program = need("nginx")
        module = next((path for path in MODULES if Path(path).exists()), None)
        if module is None:
            missing("nginx has no RTMP module (libnginx-mod-rtmp)")
        self._folder = folder
        self.port = free_port()
        self.url = f"rtmp://127.0.0.1:{self.port}/live"
        config = NGINX.format(load=f"load_module {module};", folder=folder, port=self.port)
        (folder / "nginx.conf").write_text(config)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-p", str(self._folder), "-c", str(self._folder / "nginx.conf")],
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@pytest.fixture
def rtmp_server(tmp_path: Path) -> Iterator[RtmpServer]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    server = RtmpServer(folder)
    server.start()
    yield server
    server.kill()
