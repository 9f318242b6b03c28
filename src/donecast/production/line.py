"""The line: from a recording to a published episode, one durable step after the other.

Read `Line.produce` from top to bottom; that is the product. Each step is named, keyed and harmless to repeat; what it
does stands in its feature's ``steps.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from donecast.episodes import service as episode_service
from donecast.episodes import steps as episodes
from donecast.interns import steps as interns
from donecast.kit.errors import DonecastError
from donecast.kit.progress import Report
from donecast.platform.durable import StepRunner
from donecast.platform.error_tracking import add_breadcrumb, capture_exception, set_business_context
from donecast.platform.failure_reports import as_known
from donecast.platform.telemetry import bound_to, logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.production import service
from donecast.production.errors import LeaseLost, OperationCancelled
from donecast.production.leases import Leases
from donecast.production.progress import OnChange, Progress, Work
from donecast.production.rules import Order, StepName, attempt_of
from donecast.recordings import steps as recordings
from donecast.speech.errors import EngineNotOffered
from donecast.speech.transcriber import Transcriber, cue_spec, flubber_spec
from donecast.speech.voice_engines import VoiceEngines
from donecast.transcripts import steps as transcripts


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the line works with: the ground, an ear, and everyone who can speak.

    ``ears`` are those that a show or an episode may name instead, by name. ``aligner`` finds the words that a person
    brought, where the ear itself would cost something; None: the ear does.
    """

    ground: Ground
    transcriber: Transcriber
    voices: VoiceEngines
    aligner: Transcriber | None = None
    ears: Mapping[str, Transcriber] = field(default_factory=dict)

    def ear(self, wanted: str | None) -> Transcriber:
        """Who writes out the words, and never another in their place. Raises EngineNotOffered."""
        if wanted is None:
            return self.transcriber
        if wanted not in self.ears:
            raise EngineNotOffered(details={"transcriber": wanted})
        return self.ears[wanted]


class Line:
    """The durable workflow."""

    def __init__(self, workshop: Workshop, on_change: OnChange | None = None) -> None:
        self._workshop = workshop
        self._progress = Progress(workshop.ground, on_change)
        self._leases = Leases(workshop.ground)

    def attempt(self, run: StepRunner, workflow: str) -> None:
        """One attempt at an operation, as the dispatcher hands it over; nothing, when a newer one was ordered."""
        operation_id, attempt = attempt_of(workflow)
        with self._workshop.ground.database.reading() as session:
            newest = service.order_of(session, operation_id).attempt
        if attempt == newest:
            self.produce(run, operation_id)
        else:
            logger().info("an older attempt gives way", operation_id=operation_id, attempt=attempt, newest=newest)

    def produce(self, run: StepRunner, operation_id: str) -> None:
        """Takes one operation from its recording to where its order says, and writes down how it ended."""
        with self._workshop.ground.database.reading() as session:
            order = service.order_of(session, operation_id)
        facts = {"operation_id": operation_id, "episode_id": order.episode_id, "request_id": order.request_id}
        errors = self._workshop.ground.errors
        with bound_to(**facts), errors.tracked("operation", **facts, user_id=order.account_id, action="produce"):
            try:
                with self._leases.held(operation_id):
                    self._do(run, order)
            except LeaseLost:
                logger().warning("this work is done elsewhere by now")

    def _do(self, run: StepRunner, order: Order) -> None:
        """The same, for as long as the lease is held. Raises LeaseLost."""
        operation_id = order.operation_id
        try:
            self._progress.begin(operation_id)
            self._pass_stations(run, order)
        except LeaseLost:
            raise
        except OperationCancelled as cancelled:
            self._progress.finish(operation_id, "cancelled", cancelled)
        except DonecastError as error:
            logger().warning("operation failed", code=error.code, message=error.message)
            capture_exception(error)
            self._progress.finish(operation_id, "failed", error)
        except Exception as error:
            logger().error("operation broke", exc_info=True)
            capture_exception(error)
            self._progress.finish(operation_id, "failed", as_known(error))
            raise

    def _write_out_words(self, order: Order, recording_id: str, report: Report) -> str:
        ground = self._workshop.ground
        given = episode_service.given_transcript(ground, order.episode_id)
        wanted = episode_service.cleanup_of(ground, order.episode_id)
        marker = replace(flubber_spec(wanted.flubber_keyword), threshold=10.0**wanted.flubber_exponent)
        cues = [cue_spec(cue.words) for cue in wanted.cues]
        if given is None:
            ear = self._workshop.ear(episode_service.transcriber_of(ground, order.episode_id))
            transcript_id = transcripts.transcribe(
                ground, ear, recording_id, report, marker=marker, cues=cues, episode_id=order.episode_id
            )
        else:
            ear = self._workshop.aligner or self._workshop.transcriber
            transcript_id = transcripts.align_given(ground, ear, recording_id, given, report, marker=marker, cues=cues)
        run_unit(
            ground.database, lambda session: episode_service.note_transcript(session, order.episode_id, transcript_id)
        )
        return transcript_id

    def _look_through(self, episode_id: str, report: Report) -> str:
        version = episodes.propose(self._workshop.ground, episode_id, report)
        interns.find(self._workshop.ground, episode_id)
        return version

    def _assemble(self, episode_id: str, report: Report) -> str:
        interns.require_answers(self._workshop.ground, episode_id)
        return episodes.assemble(self._workshop.ground, episode_id, report)

    def _pass_stations(self, run: StepRunner, order: Order) -> None:
        def station(name: StepName, work: Work) -> str:
            set_business_context(step=name)
            add_breadcrumb("step", name)
            return run.step(name, lambda: self._progress.watched(order.operation_id, name, work))

        ground, episode_id = self._workshop.ground, order.episode_id
        with ground.database.reading() as session:
            episode = episode_service.episode_of(session, order.account_id, episode_id)
        recording_id = episode.recording_id
        set_business_context(show_id=episode.show_id)

        station("check", lambda report: recordings.check_recording(ground, recording_id, report))
        station("transcribe", lambda report: self._write_out_words(order, recording_id, report))
        station("propose", lambda report: self._look_through(episode_id, report))
        if self._progress.complete(order.operation_id, lambda newest: newest.until == "proposals"):
            return
        station("speak", lambda report: episodes.speak(ground, self._workshop.voices, episode_id, report))
        station("assemble", lambda report: self._assemble(episode_id, report))
        station("tag", lambda report: episodes.tag(ground, episode_id, report))
        while not self._published(order.operation_id, run.step("publish", lambda: self._publish(order))):
            logger().info("somebody decided otherwise in the last moment")

    def _published(self, operation_id: str, when: str) -> bool:
        return self._progress.complete(operation_id, lambda newest: newest.publish_when == when)

    def _publish(self, order: Order) -> str:
        """Publishes as the order reads now, for the person may have decided meanwhile; answers what it said."""
        ground = self._workshop.ground
        with ground.database.reading() as session:
            when = service.order_of(session, order.operation_id).publish_when
        if when == "not_yet":
            self._progress.skip(order.operation_id, "publish")
        else:
            self._progress.watched(
                order.operation_id, "publish", lambda report: episodes.publish(ground, order.episode_id, when, report)
            )
        return when
