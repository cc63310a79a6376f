from seqframe.training.events import EpochEnd, emit, subscribe, unsubscribe

EVENT = EpochEnd("many_to_many", "", (0.3, 0.2), first=11, epochs=40)


def test_callbacks_run_once_until_they_stop() -> None:
    events: list[EpochEnd] = []
    subscribe(events.append)
    subscribe(events.append)
    emit(EVENT)
    unsubscribe(events.append)
    unsubscribe(events.append)
    emit(EVENT)
    assert events == [EVENT]


def test_the_last_of_the_epochs() -> None:
    assert EVENT.last == 12
