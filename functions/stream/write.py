"""Answers onto the output stream, in order for each partition key, however often it is throttled.

PutRecords keeps no order between records of which some fail; so each call carries at most one
record of a key, and a key's next record goes only when the one before is in.
"""

from collections import deque
from collections.abc import Callable, Sequence

from functions.stream.ask import Answered

AT_ONCE = 500  # records that one PutRecords takes
STALLED = 6  # calls in a row in which nothing got in: then somebody else has to wait
FIRST_PAUSE_SECONDS = 0.1

Put = Callable[[Sequence[Answered]], Sequence[bool]]  # which of them got in


def write(
    answers: Sequence[Answered],
    put: Put,
    *,
    has_time: Callable[[], bool],
    sleep: Callable[[float], None],
) -> list[Answered]:
    """What could not be written, if the stream takes nothing more or the time is over."""
    queues: dict[str, deque[Answered]] = {}
    for answer in answers:
        queues.setdefault(answer.row.record.partition_key, deque()).append(answer)
    stalled = 0
    while queues and has_time():
        keys = list(queues)[:AT_ONCE]
        got_in = put([queues[key][0] for key in keys])
        for key, done in zip(keys, got_in, strict=True):
            if done:
                queues[key].popleft()
                if not queues[key]:
                    del queues[key]
        stalled = 0 if any(got_in) else stalled + 1
        if stalled == STALLED:
            break
        if stalled:
            sleep(FIRST_PAUSE_SECONDS * 2 ** (stalled - 1))
    return [answer for queue in queues.values() for answer in queue]
