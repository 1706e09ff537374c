"""RTMP and RTMPS: the room to a platform's ingest, as H.264 and AAC in FLV.

The stream key comes from an environment variable or a file, never from the configuration or a command
line. PyAV gives no way to check a server's certificate and none to time out, so both happen before it
is asked to connect: a TLS handshake with the system's trust, and a plain connection attempt. Once it
is connecting, a peer that accepts and stays silent holds the whole process: this one, which is
killed by its parent for it.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av

from engine.errors import PublishError
from engine.media import Packet, StreamInfo
from streaming.mux import Muxer
from streaming.redact import hide, redact
from streaming.splice import is_key_picture

CODECS = ("h264", "aac")
CONNECT_S = 8.0
_PORTS = {"rtmp": 1935, "rtmps": 443}


class RtmpPublisher:
    """One connection to one ingest (``engine.ports.Publisher``); packets start at 0 and a key frame."""

    def __init__(self, url: str, key: str, verify: bool) -> None:
        self._url = url
        self._key = key
        self._verify = verify
        self._info: StreamInfo | None = None
        self._muxer: Muxer | None = None

    def open(self, info: StreamInfo) -> None:
        """See that the server is there and is who it says; the first key frame connects for good.

        Raises:
            PublishError: nobody there, or a certificate that proves nothing.
        """
        self._info = info
        parts = urlsplit(self._url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        try:
            with socket.create_connection((host, port), timeout=CONNECT_S) as plain:
                if parts.scheme == "rtmps" and self._verify:
                    with ssl.create_default_context().wrap_socket(plain, server_hostname=host):
                        pass
        except ssl.SSLCertVerificationError as error:
            raise PublishError(
                f"{host} does not prove who it is: {error.verify_message}",
                fix="check the address; `verify: false` sends the stream key unprotected",
            ) from error
        except (OSError, UnicodeError) as error:
            raise PublishError(f"cannot reach {host}:{port}: {error}") from error

    def write(self, packet: Packet) -> None:
        """Raises PublishError when the server refuses, or the connection ends."""
        try:
            if self._muxer is None:
                if not is_key_picture(packet):
                    return
                self._muxer = self._connect(packet)
            self._muxer.write(packet)
        except (av.error.FFmpegError, OSError) as error:
            # "from None": the original holds the whole address, stream key included.
            raise PublishError(redact(f"the server ended the stream: {error}")) from None

    def request(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        raise PublishError("an RTMP output answers no requests", retryable=False)

    def status(self) -> Mapping[str, Any]:
        return {"sent_bytes": self._muxer.written_bytes if self._muxer else 0}

    def close(self) -> None:
        """Say goodbye. Raises PublishError when the server is gone already."""
        muxer, self._muxer = self._muxer, None
        try:
            if muxer is not None:
                muxer.close()
        except (av.error.FFmpegError, OSError) as error:
            raise PublishError(redact(f"the server ended the stream: {error}")) from None

    def _connect(self, key: Packet) -> Muxer:
        assert self._info is not None
        labels = {"title": self._info.title or self._info.room}
        if self._info.aigc:
            # In onMetaData; most platforms drop it, the burnt-in label is what counts.
            labels["AIGC"] = json.dumps(dict(self._info.aigc), ensure_ascii=False)
        target = f"{self._url.rstrip('/')}/{self._key}" if self._key else self._url
        options = {"flvflags": "no_duration_filesize", "flush_packets": "1"}
        return Muxer(target, "flv", self._info, key, options, labels)


def create(settings: Mapping[str, Any]) -> RtmpPublisher:
    """Settings: ``url`` (``rtmp://host[:port]/app``); ``key_env`` (name of an environment variable) or
    ``key_file`` (path), both optional where the address is enough; ``verify`` (default true, RTMPS).

    Raises:
        PublishError: no usable address, or the key is not where it is said to be.
    """
    url = str(settings.get("url", ""))
    parts = urlsplit(url)
    try:
        usable = parts.scheme in _PORTS and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise PublishError(
            f"{redact(url)!r} is no RTMP address",
            fix="write rtmp://host/app or rtmps://host/app",
            retryable=False,
        )
    for secret in filter(None, (parts.password, *parts.path.split("/")[2:], parts.query)):
        hide(secret)
    return RtmpPublisher(url, _key(settings), bool(settings.get("verify", True)))


def _key(settings: Mapping[str, Any]) -> str:
    variable, file = settings.get("key_env"), settings.get("key_file")
    if variable:
        key = os.environ.get(str(variable), "").strip()
        missing = f"the environment variable {variable} is empty"
    elif file:
        try:
            key = Path(str(file)).read_text("utf-8").strip()
        except (OSError, UnicodeError):
            key = ""
        missing = f"{file} holds no stream key"
    else:
        return ""
    if not key:
        raise PublishError(f"no stream key: {missing}", fix="set it and restart", retryable=False)
    hide(key)
    return key
