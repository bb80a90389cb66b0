"""A little interactive program, with the habits that make prompts hard to find. Run by the tests; knows no kernel.

Options: --prompt, --continuation, --slow (seconds between the bytes of a prompt), --colour. One command a line:

    print TEXT | write TEXT | repeat N TEXT     text with and without a line end, many lines
    begin ... end                               a block, whose lines run when it ends
    prompts A B                                 sets the prompts
    ask TEXT                                    asks, prints the answer in brackets
    wait SECONDS | forever | stubborn           waits; `stubborn` survives one SIGINT
    later SECONDS TEXT                          a thread prints TEXT after so long
    fail MESSAGE | exit N | load FILE
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import threading
import time


class Toy:
    def __init__(self, options: argparse.Namespace) -> None:
        self.prompt, self.continuation = options.prompt, options.continuation
        self.slow, self.colour = options.slow, options.colour

    def show(self, prompt: str) -> None:
        text = f"\x1b[1;32m{prompt}\x1b[0m" if self.colour else prompt
        for piece in text if self.slow else [text]:
            os.write(1, piece.encode())
            time.sleep(self.slow)

    def read(self, prompt: str) -> str:
        self.show(prompt)
        line = sys.stdin.readline()
        if not line:
            raise SystemExit(0)
        return line.rstrip("\n")

    def serve(self) -> None:
        while True:
            try:
                line = self.read(self.prompt)
                if line == "begin":
                    block: list[str] = []
                    while (more := self.read(self.continuation)) != "end":
                        block.append(more)
                    for each in block:
                        self.run(each)
                else:
                    self.run(line)
            except KeyboardInterrupt:
                os.write(1, b"interrupted\n")
            except RuntimeError as error:
                os.write(1, f"oops in line {error.args[1]}: {error.args[0]}\n".encode())

    def run(self, line: str, number: int = 1) -> None:
        word, _, rest = line.strip().partition(" ")
        text = rest.replace("\\n", "\n").replace("\\e", "\x1b").replace("$PROMPT", self.prompt)
        if word == "print":
            write(f"{text}\n")
        elif word == "write":
            write(text)
        elif word == "repeat":
            count, _, what = text.partition(" ")
            for start in range(0, int(count), 1000):
                write("".join(f"{what}{n}\n" for n in range(start, min(int(count), start + 1000))))
        elif word == "prompts":
            self.prompt, self.continuation = shlex.split(rest)
        elif word == "ask":
            write(text)
            write(f"<{sys.stdin.readline().strip()}>\n")
        elif word == "wait":
            time.sleep(float(rest))
        elif word in ("forever", "stubborn"):
            self.wait(stubborn=word == "stubborn")
        elif word == "later":
            seconds, _, what = text.partition(" ")
            threading.Timer(float(seconds), write, [f"{what}\n"]).start()
        elif word == "exit":
            os._exit(int(rest))
        elif word == "load":
            self.load(rest)
        elif word == "fail":
            raise RuntimeError(rest, number)
        elif word:
            raise RuntimeError(f"no command {word!r}", number)

    def load(self, path: str) -> None:
        """Says each line that it runs, after its prompt."""
        with open(path) as file:
            for number, line in enumerate(file, 1):
                write(f"{self.prompt}{line}")
                self.run(line, number)

    def wait(self, *, stubborn: bool) -> None:
        write("waiting\n")
        try:
            signal.pause()
        except KeyboardInterrupt:
            if not stubborn:
                raise
            write("no\n")
            signal.pause()


def write(text: str) -> None:
    data = text.encode()
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompt", default="> ")
    parser.add_argument("--continuation", default=">> ")
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("--colour", action="store_true")
    parser.add_argument("--greeting", default="")
    given = parser.parse_args()
    print(given.greeting, flush=True)
    Toy(given).serve()
