"""Kokoro-82M (Apache-2.0), 8-bit, through ONNX Runtime: natural Mandarin and English on the CPU.

Phone times are the model's own: ``/encoder/Clip_output_0`` holds how many frames of 600 samples at
24 kHz each input token lasts, and is made an output when the file is loaded.

Options: ``threads`` (2), ``zh`` and ``en`` (voice names by language, used when ``name`` is empty).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatars.voices.parts import english, mandarin, reading, sound
from engine import models
from engine.errors import ModelError, VoiceError
from engine.media import Language, Phone, Samples, Speech, VoiceSpec, Word

MODEL = "kokoro-v1.0.int8.onnx"
VOICES: Mapping[Language, str] = {"zh": "zf_xiaoxiao", "en": "af_heart"}

_MODEL_RATE_HZ = 24_000
_FRAME_S = 600 / _MODEL_RATE_HZ
_LATE_S = 0.050
"""The predicted times lag the sound by two frames (measured at onsets and offsets around pauses;
Kokoro's own pipeline takes off three)."""
_DURATIONS = "/encoder/Clip_output_0"
_MOST_TOKENS = 300
"""The model takes 510; beyond some hundred it hurries, and memory grows with the line."""
_GAP_S = 0.1
"""A space shorter than this belongs to the phone before it; a longer one is silence."""

# The alphabet of Kokoro v1.0 (its config.json): a symbol's number is its token.
_TOKENS: Mapping[str, int] = {
    symbol: number
    for first, symbols in (
        (1, ";:,.!?"),
        (9, '—…"()“” \u0303ʣʥʦʨᵝꭧAI'),
        (31, "O"),
        (33, "Q"),
        (35, "ST"),
        (39, "W"),
        (41, "Yᵊabcdef"),
        (50, "hijklmnopqrstuvwxyzɑɐɒæ"),
        (75, "βɔɕç"),
        (80, "ɖðʤə"),
        (85, "ɚɛɜ"),
        (90, "ɟ"),
        (92, "ɡ"),
        (99, "ɥ"),
        (101, "ɨɪʝ"),
        (110, "ɯɰŋɳɲɴø"),
        (118, "ɸθœ"),
        (123, "ɹ"),
        (125, "ɾɻ"),
        (128, "ʁɽʂʃʈʧ"),
        (135, "ʊʋ"),
        (138, "ʌɣɤ"),
        (142, "χʎ"),
        (147, "ʒʔ"),
        (156, "ˈˌː"),
        (162, "ʰ"),
        (164, "ʲ"),
        (169, "↓"),
        (171, "→↗↘"),
        (177, "ᵻ"),
    )
    for number, symbol in enumerate(symbols, first)
}
_AFTER = frozenset("ʰʲː→↗↓↘ᵝ\u0303")
"""Signs that belong to the sound before them."""
_BEFORE = frozenset("ˈˌ")
_PAUSES = frozenset(';:,.!?—…"()“” ')


@dataclass(frozen=True, slots=True)
class _Token:
    """One input of the model and the characters of the line it stands for (none for a space)."""

    symbol: str
    start: int = -1
    end: int = -1


def create(spec: VoiceSpec) -> Kokoro:
    """Load the model (about a second).

    Raises:
        VoiceError: model files or ONNX Runtime are missing, or the voice is unknown.
    """
    return Kokoro(spec)


def fingerprint(spec: VoiceSpec) -> str:
    """The pinned content of the model and of the voices."""
    names = {str(spec.name or spec.options.get(lang, VOICES[lang])) for lang in VOICES}
    table = models.table()
    files = [MODEL, *sorted(f"{name}.bin" for name in names)]
    return " ".join(table[file].sha256 if file in table else file for file in files)


class Kokoro:
    """See ``engine.ports.Voice``."""

    def __init__(self, spec: VoiceSpec) -> None:
        options = dict(spec.options)
        self._names: dict[Language, str] = {
            "zh": spec.name or str(options.get("zh", VOICES["zh"])),
            "en": spec.name or str(options.get("en", VOICES["en"])),
        }
        self._speed = spec.speed
        try:
            self._styles = {name: _style(name) for name in set(self._names.values())}
            self._session = _session(int(options.get("threads", 2)))
            self._run_options = _run_options()
        except ModelError as error:
            raise VoiceError(error.message, fix=error.fix, retryable=False) from error

    def languages(self) -> frozenset[Language]:
        return frozenset(("zh", "en"))

    def say(self, text: str, language: Language) -> Speech:
        """See ``engine.ports.Voice``; about 0.7 CPU seconds per second of speech."""
        name = self._names[language]
        tokens = _tokens(text, language)
        if not any(token.symbol not in _PAUSES for token in tokens):
            raise VoiceError(f"there is nothing to say in {text!r}", retryable=False)
        parts, phones, words = [], [], []
        offset_s = 0.0
        for phrase in _phrases(tokens):
            samples, lengths_s = self._speak(phrase, name)
            said, spoken_words, kept = _timed(phrase, lengths_s, samples, offset_s)
            phones += said
            words += spoken_words
            parts.append(kept)
            offset_s += len(kept) / _MODEL_RATE_HZ
        samples = sound.level(sound.resample(np.concatenate(parts), _MODEL_RATE_HZ))
        return Speech(
            text=text,
            language=language,
            samples=samples,
            phones=tuple(phones),
            words=_merged(text, words),
            voice=f"kokoro:{name}",
        )

    def _speak(self, phrase: list[_Token], name: str) -> tuple[Samples, NDArray[np.float64]]:
        """Samples at 24 kHz, and the seconds of each token with the pads at both ends."""
        ids = [_TOKENS[token.symbol] for token in phrase]
        try:
            audio, frames = self._session.run(
                ["audio", _DURATIONS],
                {
                    "tokens": np.array([[0, *ids, 0]], dtype=np.int64),
                    "style": self._styles[name][len(ids)],
                    "speed": np.array([self._speed], dtype=np.float32),
                },
                self._run_options,
            )
        except Exception as error:  # ONNX Runtime raises its own kinds, all without a common base
            raise VoiceError(f"the voice model failed: {error}") from error
        return audio.ravel(), frames.ravel().astype(np.float64) * _FRAME_S


# --- the model -----------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _session(threads: int) -> Any:
    try:
        runtime = import_module("onnxruntime")
    except ImportError as error:
        raise VoiceError("onnxruntime is not installed", retryable=False) from error
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    content = _with_output(models.find(MODEL).read_bytes(), _DURATIONS)
    try:
        return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(
            f"{MODEL} does not load: {error}", fix="run: nightmarket models pull voice"
        ) from error


def _run_options() -> Any:
    options = import_module("onnxruntime").RunOptions()
    # Without this the process keeps what its longest line needed (some 400 MB) for ever.
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _with_output(model: bytes, name: str) -> bytes:
    """The ONNX file ``model`` with the tensor ``name`` as one more output of its graph.

    Parsers of protocol buffers merge a message that occurs twice, so a second ``graph`` (field 7
    of ModelProto) with one ``output`` (field 12 of GraphProto) with a ``name`` (field 1) will do.
    """

    def field(number: int, content: bytes) -> bytes:
        length, rest = b"", len(content)
        while rest > 127:
            length, rest = length + bytes((rest & 127 | 128,)), rest >> 7
        return bytes((number << 3 | 2,)) + length + bytes((rest,)) + content

    return model + field(7, field(12, field(1, name.encode())))


def _style(name: str) -> NDArray[np.float32]:
    """The voice's style by number of tokens, shape (510, 1, 256)."""
    return np.fromfile(models.find(f"{name}.bin"), dtype="<f4").reshape(510, 1, 256)


# --- text to tokens ------------------------------------------------------------------------------


def _tokens(text: str, language: Language) -> list[_Token]:
    """The line as the model's input, every token with the characters it stands for."""
    out: list[_Token] = []
    for piece in reading.read(text, language):
        if piece.pause:
            while out and out[-1].symbol == " ":
                out.pop()
            out += [_Token(piece.text), _Token(" ")]
            continue
        for word, start, end in _spoken_words(piece):
            symbols = [symbol for symbol in word if symbol in _TOKENS]
            if symbols:
                out += [_Token(symbol, start, end) for symbol in symbols]
                out.append(_Token(" "))
    while out and out[-1].symbol == " ":
        out.pop()
    return out


def _spoken_words(piece: reading.Piece) -> Iterator[tuple[str, int, int]]:
    """Phones of each word of a piece, with the place of its characters in the line."""
    if piece.language == "zh":
        before = ""
        for word, place in mandarin.words(piece.text):
            start = piece.start + place if piece.literal else piece.start
            yield (
                mandarin.phones(word, before),
                start,
                start + len(word) if piece.literal else piece.end,
            )
            before = word
        return
    words = piece.text.replace("-", " ").split()
    for said in english.phones(words):
        yield said, piece.start, piece.end


def _phrases(tokens: list[_Token]) -> Iterator[list[_Token]]:
    """The tokens in runs the model can take, cut at a pause where there is one."""
    while len(tokens) > _MOST_TOKENS:
        window = tokens[:_MOST_TOKENS]
        ends = [i for i, token in enumerate(window) if token.symbol in ".!?;,:—…"]
        spaces = [i for i, token in enumerate(window) if token.symbol == " "]
        cut = 1 + (ends or spaces or [_MOST_TOKENS - 1])[-1]
        yield tokens[:cut]
        tokens = tokens[cut:]
        while tokens and tokens[0].symbol == " ":
            tokens = tokens[1:]
    if tokens:
        yield tokens


# --- times ---------------------------------------------------------------------------------------


def _timed(
    phrase: list[_Token], lengths_s: NDArray[np.float64], samples: Samples, offset_s: float
) -> tuple[list[Phone], list[tuple[int, int, float, float]], Samples]:
    """Phones and words of one phrase in seconds of the line, and its samples without long ends."""
    first, last = sound.trim(samples, _MODEL_RATE_HZ)
    ends = np.cumsum(lengths_s)
    shift_s = offset_s - first / _MODEL_RATE_HZ - _LATE_S
    limit_s = offset_s + (last - first) / _MODEL_RATE_HZ
    heard_s = max(
        offset_s, limit_s - sound.EDGE_SILENCE_S
    )  # a last vowel dies before its time is up

    def clock(seconds: float) -> float:
        return float(min(max(seconds + shift_s, offset_s), heard_s))

    phones: list[Phone] = []
    words: list[tuple[int, int, float, float]] = []
    pending_s: float | None = None
    for token, start_s, end_s in zip(phrase, ends, ends[1:], strict=False):
        begin, end = clock(start_s), clock(end_s)
        if token.start >= 0:
            if words and words[-1][:2] == (token.start, token.end):
                words[-1] = (*words[-1][:3], end)
            else:
                words.append((token.start, token.end, begin, end))
        if token.symbol in _BEFORE:
            pending_s = begin if pending_s is None else pending_s
            continue
        held = token.symbol in _AFTER or (token.symbol == " " and end - begin < _GAP_S)
        if held and phones and phones[-1].symbol:
            phones[-1] = Phone(phones[-1].symbol, phones[-1].start_s, end)
            continue
        symbol = "" if token.symbol in _PAUSES or token.symbol in _AFTER else token.symbol
        phones.append(Phone(symbol, begin if pending_s is None else pending_s, end))
        pending_s = None
    return _whole(phones, offset_s, limit_s), words, samples[first:last]


def _whole(phones: list[Phone], start_s: float, end_s: float) -> list[Phone]:
    """Phones that cover all of the phrase: silences joined, none empty, none outside."""
    out: list[Phone] = []
    for phone in (
        Phone("", start_s, phones[0].start_s),
        *phones,
        Phone("", phones[-1].end_s, end_s),
    ):
        if phone.end_s <= phone.start_s:
            continue
        if out and not out[-1].symbol and not phone.symbol:
            out[-1] = Phone("", out[-1].start_s, phone.end_s)
        else:
            out.append(phone)
    return out


def _merged(text: str, words: list[tuple[int, int, float, float]]) -> tuple[Word, ...]:
    return tuple(Word(text[a:b], start_s, end_s, a, b) for a, b, start_s, end_s in words)


__all__ = ["MODEL", "VOICES", "Kokoro", "create", "fingerprint"]
