from seqframe.training.events import EpochEnd, emit, subscribe, unsubscribe

NEWS = EpochEnd("many_to_many", "", (0.3, 0.2), first=11, epochs=40)


def test_listeners_hear_once_until_they_stop() -> None:
    heard: list[EpochEnd] = []
    subscribe(heard.append)
    subscribe(heard.append)
    emit(NEWS)
    unsubscribe(heard.append)
    unsubscribe(heard.append)
    emit(NEWS)
    assert heard == [NEWS]


def test_the_last_of_the_epochs() -> None:
    assert NEWS.last == 12
