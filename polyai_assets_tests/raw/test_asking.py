"""How long a project is asked that does not answer."""

from collections.abc import Callable, Iterator

import pytest

from polyai_assets.api.conversations import ConversationsClient, Retrieved
from polyai_assets.api.errors import ServerError, Unauthorized
from polyai_assets.api.project import Connection
from polyai_assets.api.query import ConversationQuery
from polyai_assets.configuration.api_key import MissingKey
from polyai_assets.raw.asking import Asking
from polyai_assets.raw.trouble import EVERY_WINDOW, HOPELESS_DAYS, Breaker
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, DAY2

DOWN = Fault("error", {"status": 503}, times=None)


AskingList = Asking[Connection, ConversationsClient]


def asking_with(connect: Callable[[], Connection]) -> AskingList:
    return Asking(connect, ConversationsClient, Breaker(HOPELESS_DAYS, EVERY_WINDOW))


def draw_one(client: ConversationsClient) -> Retrieved:
    return client.sample(ConversationQuery(start_time=midnight(DAY1), end_time=midnight(DAY2)), 1)


@pytest.fixture
def asking(configure: Configure) -> Iterator[AskingList]:
    with asking_with(configure(max_attempts=1).connection) as asking:
        yield asking


def fail(asking: AskingList, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ServerError):
            asking.ask(draw_one)


def test_an_outage_ends_the_asking(asking: AskingList, polyai: Simulator):
    polyai.faults.add(DOWN)
    fail(asking, HOPELESS_DAYS + 5)
    assert len(polyai.requests) == HOPELESS_DAYS


def test_an_answer_in_between_means_that_there_is_hope(asking: AskingList, polyai: Simulator):
    for _ in range(3):
        polyai.faults.add(DOWN)
        fail(asking, HOPELESS_DAYS - 1)
        polyai.faults.clear()
        assert len(asking.ask(draw_one).ids) == 1


def test_a_refused_key_ends_the_asking(configure: Configure, polyai: Simulator):
    with asking_with(configure(key="wrong").connection) as asking:
        for _ in range(3):
            with pytest.raises(Unauthorized):
                asking.ask(draw_one)
    assert len(polyai.requests) == 1


def test_without_a_key_nothing_is_asked(configure: Configure, polyai: Simulator):
    with (
        asking_with(configure(key=None).connection) as asking,
        pytest.raises(MissingKey, match="KEY_OF_HOTEL_BOT"),
    ):
        asking.ask(draw_one)
    assert polyai.requests == []


def test_who_asks_for_nothing_needs_no_connection():
    def connect() -> Connection:
        raise AssertionError

    with asking_with(connect):
        pass


def test_after_a_failure_it_is_less_patient(configure: Configure, polyai: Simulator):
    polyai.faults.add(DOWN)
    connection = configure(max_attempts=2).connection()
    made: list[Connection] = []

    def connect() -> Connection:
        made.append(connection)
        return connection

    with asking_with(connect) as asking:
        fail(asking, 2)
        polyai.faults.clear()
        asking.ask(draw_one)
        asking.ask(draw_one)
    assert len(made) == 3  # once at first, and anew after each failure; an answer keeps its connection
