"""One batch of a shard: answered, set apart, or given back from where it has to go on."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from functions.stream.ask import Answered, Unanswered, ask
from functions.stream.records import Poison, Record, Row, read
from functions.stream.write import write


class Store(Protocol):
    def predict(self, request: bytes) -> Mapping[str, Any]: ...
    def put(self, answers: Sequence[Answered]) -> Sequence[bool]: ...
    def set_apart(self, poison: Sequence[Poison]) -> str: ...


@dataclass(frozen=True)
class Done:
    """`again`: the first sequence number that has to come again, with why; None: all is done."""

    answered: int = 0
    poison: int = 0
    poison_uri: str | None = None
    again: str | None = None
    why: str | None = None

    @property
    def failures(self) -> dict[str, list[dict[str, str]]]:
        """As Lambda wants it: it goes on at the lowest sequence number."""
        items = [] if self.again is None else [{"itemIdentifier": self.again}]
        return {"batchItemFailures": items}


def process(
    batch: Sequence[Record],
    row_id: str,
    store: Store,
    *,
    has_time: Callable[[], bool],
    sleep: Callable[[float], None] = time.sleep,
) -> Done:
    """Poison is set apart before anything is answered: a batch is not done before that is."""
    parsed = [read(record, row_id) for record in batch]
    try:
        outcome = ask([one for one in parsed if isinstance(one, Row)], store.predict)
    except Unanswered as why:
        return Done(again=batch[0].sequence_number, why=str(why))
    poison = [one for one in parsed if isinstance(one, Poison)] + outcome.poison
    uri = store.set_apart(poison) if poison else None
    left = write(outcome.answered, store.put, has_time=has_time, sleep=sleep)
    first = min((one.row.record for one in left), key=lambda r: r.position, default=None)
    return Done(
        answered=len(outcome.answered) - len(left),
        poison=len(poison),
        poison_uri=uri,
        again=first.sequence_number if first else None,
        why=f"{len(left)} answers did not get onto the output stream" if left else None,
    )
