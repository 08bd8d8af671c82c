"""What ends a command: one line that a person can act on."""


class CommandError(Exception):
    """The command cannot go on; `str()` says what is wrong and what to do about it.

    `output` is what another program said before it failed, shown in full above that line.
    """

    def __init__(self, line: str, output: str = "") -> None:
        super().__init__(line)
        self.output = output
