from seqframe.progress import EpochsDone, announce, listen, stop_listening

NEWS = EpochsDone("many_to_many", "", (0.3, 0.2), first=11, epochs=40)


def test_listeners_hear_once_until_they_stop() -> None:
    heard: list[EpochsDone] = []
    listen(heard.append)
    listen(heard.append)
    announce(NEWS)
    stop_listening(heard.append)
    stop_listening(heard.append)
    announce(NEWS)
    assert heard == [NEWS]


def test_the_last_of_the_epochs() -> None:
    assert NEWS.last == 12
