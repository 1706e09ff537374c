"""Everything that can go wrong, as one tree.

    NightmarketError
    ├── ConfigError            config.yaml, a theme, a rule file: wrong as written
    ├── CatalogError           the catalog cannot be read, or holds nothing to sell
    ├── TemplateError          a script template does not parse or render
    ├── VoiceError             a line could not be given a voice
    ├── ModelError             a model file is missing, damaged or cannot be fetched
    ├── PictureError           a picture cannot be read, fetched or drawn
    ├── PublishError           an output refused or lost the stream
    ├── WriterError            the language model gave nothing usable
    ├── ControlError           an operator's command cannot be carried out
    └── LinkError              another process of ours went away or spoke nonsense

Each error is one sentence for a person. ``where`` is ``file:line:column`` when the cause is in a
file, ``fix`` is what to do about it, ``retryable`` says whether the same call may succeed later.
"""

from __future__ import annotations


class NightmarketError(Exception):
    """Base of every error this program raises on purpose."""

    retryable = False

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        fix: str | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.fix = fix
        if retryable is not None:
            self.retryable = retryable

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.fix})" if self.fix else text


class ConfigError(NightmarketError):
    """What the merchant wrote cannot be run as written."""


class CatalogError(NightmarketError):
    """The catalog cannot be read, or holds no sellable product."""


class TemplateError(NightmarketError):
    """A script template does not parse or render."""


class VoiceError(NightmarketError):
    """A line could not be given a voice."""

    retryable = True


class ModelError(NightmarketError):
    """A model file is missing, damaged or cannot be fetched."""

    retryable = True


class PictureError(NightmarketError):
    """A picture cannot be read, fetched or drawn."""


class PublishError(NightmarketError):
    """An output refused or lost the stream."""

    retryable = True


class WriterError(NightmarketError):
    """The language model gave nothing usable."""

    retryable = True


class ControlError(NightmarketError):
    """An operator's command cannot be carried out."""


class LinkError(NightmarketError):
    """Another process of ours went away or spoke nonsense."""

    retryable = True
