"""Takes out of a program's text what is meant for a terminal and not for its reader. Pure: text in, events out.

Colours and movements stay: front-ends know them, or leave them out. What they would show as garbage goes: operating-
system commands (titles, folders, marks of a shell integration, the ends of hyperlinks), device control strings, the
choice of character sets; so do a terminal's modes and questions to it, which a console's own terminal would take for
itself. An image, in the protocol of iTerm2 or kitty or in Sixel, is given as such. While a program has the alternate
screen, nothing of what it draws there is text.

However the text is cut into pieces, the joined events are the same. Without an ESC nothing is looked at twice. A
string that does not end, or is not one, was text after all and is given out again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from sdk.repl.inline_image import BULKY, InlineImages
from sdk.repl.spool import Spooled

if TYPE_CHECKING:
    from sdk.repl.kitty_image import KittyImages

LONGEST = 65_536
"""Characters of a string other than an image; what is longer is text."""

LONGEST_IMAGE = 1 << 26
"""Characters of an image in base64: 48 MB."""

_SEQUENCE = re.compile(
    r"\x1b(?:"
    r"(?P<string>[]PX^_])"  # OSC, DCS, SOS, PM, APC
    r"|\[\?(?P<modes>[0-9;]{1,40})(?P<set>[hl])"
    r"|\[[<=>?][0-9;:]{0,40}[ -/]{0,2}[@-~]"  # what one kind of terminal knows
    r"|\[[0-9;:]{0,40}[ -/]{0,2}[cnpqrtx]"  # questions, which a console's own terminal would answer
    r"|[ -/]{1,4}[0-~]"
    r"|[0-OQ-WYZ\\`-~])"
)
_BEGINNING = re.compile(r"\x1b(?:\[[<=>?]?[0-9;:]{0,40}[ -/]{0,2}|[ -/]{0,4})\Z")  # its end may still come
_CSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\x00-\x1f]")
_SIXELS = re.compile(r"[0-9;]*q")
_KITTY = "G"
_SCREENS = ("1049", "1047", "47")
_SHORT = 8  # characters


class FullScreen(NamedTuple):
    """A program has taken the whole screen."""


Event: TypeAlias = "str | Spooled | FullScreen"


def plain(line: str) -> str:
    """The last state of a line without colours and movements, for a place that shows text alone."""
    return _CSI.sub("", line).rpartition("\r")[2]


class ControlStrings:
    """One terminal's text."""

    def __init__(self) -> None:
        self._images = InlineImages()
        self._kitty: KittyImages | None = None
        self._kept = ""  # the beginning of a sequence
        self._kind = ""  # of the string that is open
        self._body: list[str] = []
        self._size = 0
        self._alternate = False

    def feed(self, text: str) -> list[Event]:
        """Take a piece of text."""
        if not self._kept and not self._kind and not self._alternate and "\x1b" not in text:
            return [text] if text else []
        events: list[Event] = []
        text = self._kept + text
        self._kept = ""
        position = self._string(text, 0, events) if self._kind else 0
        while position < len(text):
            found = _SEQUENCE.search(text, position)
            if found is None:
                self._rest(text[position:], events)
                break
            self._text(text[position : found.start()], events)
            position = found.end()
            if found["string"]:
                self._kind = found["string"]
                position = self._string(text, position, events)
            elif found["set"] and any(mode in _SCREENS for mode in found["modes"].split(";")):
                self._screen(events, alternate=found["set"] == "h")
        return events

    def release(self) -> list[Event]:
        """What is kept back is text: nothing more will come, or somebody waits for it."""
        events: list[Event] = []
        self._give_back(events)
        self._text(self._kept, events)
        self._kept = ""
        return events

    def release_short(self) -> list[Event]:
        """As `release`, if what is kept back is so little that it is most likely text."""
        return self.release() if self._size < _SHORT else []

    def end(self) -> None:
        """The programs that wrote so far have ended: the screen is the ordinary one, and half an image stays half."""
        self._alternate = False
        self._images.forget()
        if self._kitty is not None:
            self._kitty.forget()

    def _text(self, text: str, events: list[Event]) -> None:
        if text and not self._alternate:
            events.append(text)

    def _rest(self, text: str, events: list[Event]) -> None:
        """Text without a whole sequence; its end may be the beginning of one."""
        at = text.rfind("\x1b")
        if at >= 0 and _BEGINNING.match(text, at):
            text, self._kept = text[:at], text[at:]
        self._text(text, events)

    def _screen(self, events: list[Event], *, alternate: bool) -> None:
        if alternate and not self._alternate:
            events.append(FullScreen())
        self._alternate = alternate

    # -- strings -------------------------------------------------------------------------------------------------------

    def _string(self, text: str, position: int, events: list[Event]) -> int:
        """Go on with the open string; gives where the text goes on after it, or after what is no string after all."""
        while True:
            found = _CONTROL.search(text, position)
            end = len(text) if found is None else found.start()
            if end > position:
                self._body.append(text[position:end])
                self._size += end - position
            if self._size > LONGEST and self._size > self._limit():
                self._give_back(events)
                return end
            if found is None:
                return end
            control = text[end]
            if control == "\x1b":
                if end + 1 == len(text):
                    self._kept = control
                    return end + 1
                if text[end + 1] == "\\":
                    self._close(events)
                    return end + 2
            elif control == "\a":
                self._close(events)
                return end + 1
            elif control in "\r\n" and self._limit() == LONGEST_IMAGE:
                self._body.append(control)
                self._size += 1
                position = end + 1
                continue
            self._give_back(events)
            return end

    def _limit(self) -> int:
        body = self._joined()
        if self._kind == "]":
            bulky = body.startswith(BULKY)
        elif self._kind == "_":
            bulky = body.startswith(_KITTY)
        else:
            bulky = self._kind == "P" and _SIXELS.match(body) is not None
        return LONGEST_IMAGE if bulky else LONGEST

    def _joined(self) -> str:
        """The first piece, when it is long enough to see what the string is."""
        if len(self._body) > 1 and len(self._body[0]) < LONGEST:
            self._body[:] = ["".join(self._body)]
        return self._body[0] if self._body else ""

    def _close(self, events: list[Event]) -> None:
        shown = self._meaning(*self._take())
        if isinstance(shown, str):
            self._text(shown, events)
        elif shown is not None:
            events.append(shown)

    def _meaning(self, kind: str, body: str) -> Spooled | str | None:
        """What a whole string shows; of most kinds nothing. What few programs print is loaded when it comes."""
        if kind == "]":
            return self._images.take(body)
        if kind == "_" and body.startswith(_KITTY):
            if self._kitty is None:
                from sdk.repl.kitty_image import KittyImages

                self._kitty = KittyImages()
            return self._kitty.take(body)
        if kind == "P" and (beginning := _SIXELS.match(body)) is not None:
            from sdk.repl import sixel

            return sixel.image(body[beginning.end() :])
        return None

    def _give_back(self, events: list[Event]) -> None:
        kind, body = self._take()
        if kind:
            self._text(f"\x1b{kind}{body}", events)

    def _take(self) -> tuple[str, str]:
        taken = self._kind, "".join(self._body)
        self._kind, self._size = "", 0
        self._body.clear()
        return taken
