"""People who want episodes, and the processes that make them: whose turn it is, who dies, who is born again."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from greenlet import greenlet

from donecast.entry.wiring import lay_ground
from donecast.kit.clock import FixedClock
from donecast.kit.errors import DonecastError
from donecast.platform.temporary import TemporaryFiles
from donecast.platform.web import Ground
from donecast.production import service as production
from donecast.production.dispatch import Dispatcher
from donecast.production.housekeeping import Housekeeping
from donecast.production.line import Line, Workshop
from donecast.recordings import service as recordings
from donecast.speech.voice_engines import VoiceEngines
from proofs.simulator.durable_memory import DurableMemory, RememberingRunner
from proofs.simulator.fate import Crashed, Fate, Life
from proofs.simulator.installation import NOON, seed_ids, settings_of
from proofs.simulator.mortal import MortalBlobs, make_mortal
from proofs.simulator.onlookers import bytes_lost
from proofs.simulator.people import DEEDS, Person, retry
from proofs.simulator.planted import NEVER_SWEEPS, ROW_BEFORE_BYTES
from proofs.simulator.vendors import MortalVoice, QuickEar

WORKERS = ("local-0", "local-1")
_WEB = "web"
_TURNS_MAX = 700
_CALM_ROUNDS_MAX = 80
_TRIES_MAX = 8
_LOOKS_EACH = 20
"""Turns after which somebody looks whether what rows name is there."""


@dataclass(slots=True)
class House:
    """One process, alive or dead, on the same files as all others."""

    life: Life
    ground: Ground
    actors: list["greenlet"] = field(default_factory=list)
    line: Line | None = None
    dispatcher: Dispatcher | None = None
    housekeeping: Housekeeping | None = None
    works: bool = False
    stalled_turns: int = 0


@dataclass(slots=True)
class World:
    """All of it, in a folder of its own."""

    fate: Fate
    folder: Path
    bugs: frozenset[str]
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    memory: DurableMemory = field(init=False)
    houses: dict[str, House] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    """Errors that nobody may ever see."""
    boots: int = 0
    _main: "greenlet" = field(default_factory=greenlet.getcurrent)
    _asleep: dict["greenlet", Callable[[], bool]] = field(default_factory=dict)
    """Actors that wait, and whether they need to wait no longer."""

    def __post_init__(self) -> None:
        self.memory = DurableMemory(self.fate)
        self.fate.yield_turn = self._give_up_turn

    # Whose turn it is

    def live(self) -> None:
        """Until all have what they want, or it has been long enough."""
        chance = self.fate.chance
        for number in range(_TURNS_MAX):
            self.clock.advance(timedelta(milliseconds=chance.randrange(20, 4_000)))
            if chance.random() < 0.004:
                self.clock.advance(timedelta(minutes=chance.choice((2, 11, 40))))
            self._turn()
            if number % _LOOKS_EACH == 0:
                self.surprises += [one for one in bytes_lost(self.folder) if one not in self.surprises]
            if number % 20 == 0 and not any(person.wishes for person in self.people) and not self._is_busy():
                break

    def calm_down(self) -> None:
        """Nothing breaks any more; everything that was begun comes to its end."""
        self.fate.calm = True
        for _ in range(_CALM_ROUNDS_MAX):
            self.clock.advance(timedelta(seconds=20))
            for name in (*WORKERS, _WEB):
                if name not in self.houses:
                    self._boot(name)
                self.houses[name].stalled_turns = 0
            self._finish_actors()
            for name in WORKERS:
                for act in self._chores(self.houses[name]):
                    self._begin(self.houses[name], "chore", act)
                self._finish_actors()
                self._take_work(self.houses[name])
                self._finish_actors()
            for person in self.people:
                self._ask(person)
                self._finish_actors()
            if not any(person.wishes for person in self.people) and not self._is_busy() and self._ask_again():
                break
        self.clock.advance(timedelta(hours=2))
        for name in WORKERS:
            self._kill(self.houses[name])
            self._boot(name)
            for act in self._chores(self.houses[name]):
                self._begin(self.houses[name], "chore", act)
            self._finish_actors()
        for house in list(self.houses.values()):
            self._kill(house)

    def _turn(self) -> None:
        chance = self.fate.chance
        for house in self.houses.values():
            house.stalled_turns = max(0, house.stalled_turns - 1)
        waiting = [(house, self._awake(house)) for house in self.houses.values() if not house.stalled_turns]
        waiting = [(house, awake) for house, awake in waiting if awake]
        if waiting and chance.random() < 0.7:
            house, awake = chance.choice(waiting)
            self._resume(house, chance.choice(awake))
            return
        name, draw = chance.choice((_WEB, *WORKERS)), chance.random()
        house_there = self.houses.get(name)
        if house_there is None:
            self._boot(name)
        elif house_there.stalled_turns:
            return
        elif draw < 0.01:
            self.fate.crashes["between two acts"] += 1
            self._kill(house_there)
        elif draw < (0.12 if house_there.works else 0.02) and name != _WEB:
            self._stall(house_there)
        elif name == _WEB:
            self._ask(chance.choice(self.people))
        elif not house_there.works and chance.random() < 0.5:
            self._take_work(house_there)
        else:
            self._begin(house_there, "chore", chance.choice(self._chores(house_there)))

    def _stall(self, house: House) -> None:
        """It goes on later as if nothing had been: the others, who watch, take it for dead meanwhile."""
        house.stalled_turns = self.fate.chance.randrange(10, 120)
        self.fate.note(f"{house.life.name} stalls")
        for _ in range(2):
            for other in list(self.houses.values()):
                if other.dispatcher is not None and not other.stalled_turns:
                    self._begin(other, "chore", other.dispatcher.sweep)
            self.clock.advance(timedelta(minutes=3))

    def _is_busy(self) -> bool:
        return (
            any(house.actors for house in self.houses.values())
            or any(workflow.state != "ended" for workflow in self.memory.workflows.values())
            or bool(self._states({"queued", "running"}))
        )

    def _states(self, wanted: set[str]) -> list[str]:
        web = self.houses.get(_WEB)
        if web is None:
            return ["unknown"]
        with web.ground.database.reading() as session:
            return [
                operation_id
                for person in self.people
                for operation_id in person.operation_ids
                if production.view(session, person.account_id, operation_id).state in wanted
            ]

    # Processes

    def _boot(self, name: str) -> None:
        """A new process on the same files, which does what the product's own does first."""
        self.boots += 1
        self.fate.note(f"{name} starts")
        life = Life(name)
        settings = settings_of(self.folder, name)
        ground = lay_ground(settings, "api" if name == _WEB else "worker")
        make_mortal(ground.database, self.fate, life)
        blobs = MortalBlobs(settings, self.fate, writes_late=ROW_BEFORE_BYTES in self.bugs)
        life.after_commit = blobs.pay
        temporary = TemporaryFiles(settings.data / "temporary", free_bytes_min=0)
        ground = replace(ground, clock=self.clock, blobs=blobs, temporary=temporary)
        house = self.houses[name] = House(life, ground)
        if name == _WEB:
            return
        voice = MortalVoice(self.fate, self.clock)
        ear = QuickEar(self.fate, self.clock)
        house.line = Line(Workshop(ground, ear, VoiceEngines(voice)))
        house.dispatcher = Dispatcher(ground, self.memory, self._now_ms)  # type: ignore[arg-type]
        house.housekeeping = Housekeeping(ground)
        self._begin(house, "start", partial(self._start_up, house))

    def _now_ms(self) -> int:
        return int(self.clock.now().timestamp() * 1_000)

    def _start_up(self, house: House) -> None:
        ground = house.ground
        if NEVER_SWEEPS not in self.bugs:
            ground.temporary.sweep(self.clock.now())
        ground.blobs.sweep_half_stored()
        with ground.database.reading() as session:
            unchecked = recordings.unchecked_ids(session)
        for media_id in unchecked:
            recordings.check_soon(ground, media_id)
        assert house.dispatcher is not None
        house.dispatcher.give_back()
        house.dispatcher.beat()
        for workflow in self.memory.begun_by(house.life.name):
            self.bring_in(house, "work", partial(self._work_on, house, workflow.name))

    def _kill(self, house: House) -> None:
        """The process ends at once: nothing that it would do on its way out is done."""
        house.life.is_dead = True
        for actor in list(house.actors):
            self._resume(house, actor)
        house.ground.database.dispose()
        self.fate.note(f"{house.life.name} is dead")
        self.houses.pop(house.life.name, None)

    def _begin(self, house: House, what: str, act: Callable[[], object]) -> None:
        self._resume(house, self.bring_in(house, what, act))

    def bring_in(self, house: House, what: str, act: Callable[[], object]) -> "greenlet":
        """Another one who acts in a house from now on, when it is given a turn."""
        actor = greenlet(partial(self._safely, house, what, act), self._main)
        house.actors.append(actor)
        return actor

    def house_in_turn(self) -> House:
        """Where somebody acts at this moment."""
        return next(house for house in self.houses.values() if house.life is self.fate.living)

    def wait(self, is_over: Callable[[], bool]) -> None:
        """Gives up the turns of who acts at this moment until it is over. Raises Crashed when its house dies."""
        here = greenlet.getcurrent()
        self._asleep[here] = is_over
        try:
            while not is_over():
                self.pause()
        finally:
            del self._asleep[here]

    def pause(self) -> None:
        """Gives up one turn of who acts at this moment. Raises Crashed when its house dies."""
        life = self.fate.living
        self._give_up_turn()
        if life is not None and life.is_dead:
            raise Crashed

    def _awake(self, house: House) -> list["greenlet"]:
        return [actor for actor in house.actors if actor not in self._asleep or self._asleep[actor]()]

    def _safely(self, house: House, what: str, act: Callable[[], object]) -> None:
        try:
            act()
        except Crashed:
            house.life.is_dead = True
        except DonecastError as error:
            self.fate.note(f"{what}: {error.code}")
        except Exception as error:  # noqa: BLE001  what nobody may see is what is looked for
            self.surprises.append(f"{house.life.name} {what}: {type(error).__name__}: {error}"[:400])
        else:
            return
        # Whoever cannot start ends, as the product's own does, and is started again.
        house.life.is_dead = house.life.is_dead or what == "start"

    def _resume(self, house: House, actor: "greenlet") -> None:
        self.fate.living = house.life
        try:
            actor.switch()
        finally:
            self.fate.living = None
        if actor.dead and actor in house.actors:
            house.actors.remove(actor)
        if house.life.is_dead and house.life.name in self.houses and self.houses[house.life.name] is house:
            del self.houses[house.life.name]
            self._kill(house)

    def _give_up_turn(self) -> None:
        here = greenlet.getcurrent()
        if here.parent is not None:
            here.parent.switch()

    def _finish_actors(self) -> None:
        while actors := [(house, actor) for house in self.houses.values() for actor in house.actors]:
            for house, actor in actors:
                if not actor.dead:
                    self._resume(house, actor)

    def _chores(self, house: House) -> Sequence[Callable[[], object]]:
        assert house.dispatcher is not None
        assert house.housekeeping is not None
        keeping = house.housekeeping
        return (
            *(house.dispatcher.beat, house.dispatcher.dispatch, house.dispatcher.sweep),
            *(keeping.sweep_holds, keeping.bill_delivered),
        )

    def _take_work(self, house: House) -> None:
        workflow = self.memory.next_for(house.life.name)
        if workflow is not None:
            self._begin(house, "work", partial(self._work_on, house, workflow.name))

    def _work_on(self, house: House, name: str) -> None:
        workflow = self.memory.workflows[name]
        house.works = True
        assert house.line is not None
        try:
            house.line.attempt(RememberingRunner(self.memory, workflow), name)
        finally:
            if not house.life.is_dead:
                house.works = False
                workflow.state = "ended"

    # People

    def _ask(self, person: Person) -> None:
        if not person.wishes or person.is_asking:
            return
        person.is_asking = True
        person.tries += 1
        self._begin(self.houses[_WEB], person.wishes[0], partial(self._try, person, self.houses[_WEB].ground))

    def _try(self, person: Person, ground: Ground) -> None:
        """One request; who got no answer asks again, and now and then somebody asks twice who got one."""
        wish = person.wishes[0]
        try:
            DEEDS[wish](person, ground, self.fate.chance)
        except DonecastError:
            if person.tries < _TRIES_MAX:
                raise
        finally:
            person.is_asking = False
        if self.fate.calm or self.fate.chance.random() < 0.85:
            person.wishes.pop(0)
            person.tries = 0

    def _ask_again(self) -> bool:
        """Whoever's order failed for a fault that is over orders it again; whether nobody has to."""
        web = self.houses[_WEB]
        again = []
        for person in self.people:
            for operation_id in dict.fromkeys(person.operation_ids):
                with web.ground.database.reading() as session:
                    state = production.view(session, person.account_id, operation_id).state
                if state in {"failed", "cancelled"}:
                    again.append(operation_id)
                    person.cancelled.discard(operation_id)
                    self._begin(web, "again", partial(retry, person, web.ground, operation_id))
        return not again


def make_world(
    prepared: Path, people: Sequence[tuple[str, str]], folder: Path, fate: Fate, bugs: Sequence[str]
) -> World:
    """A copy of the installation, and what each person wants of it."""
    shutil.copytree(prepared, folder)
    seed_ids(fate.seed)
    world = World(fate, folder, frozenset(bugs))
    for account_id, show_id in people:
        more = fate.chance.choices(("episode", "order", "order", "cancel", "retry", "publish", "upload"), k=3)
        world.people.append(Person(account_id, show_id, ["upload", "episode", "order", *more, "order"]))
    return world
