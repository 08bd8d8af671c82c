"""`python -m localcloud`: run one local cloud in the foreground until it is told to end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from localcloud import guardian
from localcloud.config import Config, LocalCloudError


def _image(word: str) -> tuple[str, Path]:
    name, separator, python = word.partition("=")
    if not (name and separator and python):
        raise argparse.ArgumentTypeError(f"{word!r}: expected NAME=/path/to/python")
    return name, Path(python)


def parse(arguments: list[str]) -> Config:
    parser = argparse.ArgumentParser(prog="python -m localcloud", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="on 127.0.0.1 (default 4566)")
    parser.add_argument("--dir", type=Path, required=True, help="where it keeps its files and log")
    parser.add_argument(
        "--time-scale",
        type=float,
        default=1.0,
        help="configured durations (alarm periods, waits, rates) pass this many times faster",
    )
    parser.add_argument(
        "--image",
        type=_image,
        action="append",
        default=[],
        metavar="NAME=PYTHON",
        help="the interpreter that stands for a container image; may be repeated",
    )
    parser.add_argument(
        "--lambda-python",
        type=Path,
        default=Path(sys.executable),
        help="the interpreter that runs Python functions (AWS's has boto3 and nothing else)",
    )
    parser.add_argument(
        "--keep-state",
        action="store_true",
        help="go on with what an earlier run with this option left in --dir, and keep it there",
    )
    words = parser.parse_args(arguments)
    return Config(
        words.port,
        words.dir,
        words.time_scale,
        dict(words.image),
        words.lambda_python,
        words.keep_state,
    )


def main() -> int:
    try:
        config = parse(sys.argv[1:])
        if (code := guardian.guarded()) is not None:
            return code
        from localcloud.server import serve  # MiniStack reads the environment when imported

        return serve(config)
    except LocalCloudError as error:
        print(f"localcloud: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before it served; afterwards the server ends by itself
        return 130


if __name__ == "__main__":
    sys.exit(main())
