"""A model comes whole or not at all, however rude the place is where it is kept."""

import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from donecast.kit.errors import DonecastError
from donecast.speech.model_catalogue import CATALOGUE, CatalogueModel, named
from donecast.speech.model_errors import (
    ModelDamaged,
    ModelSourceRefused,
    ModelSourceSilent,
    NoRoomForModel,
    SpeechModelUnknown,
    SpeechModelUnusable,
)
from donecast.speech.model_folder import digest_of, models_in, opened, unusable
from donecast.speech.model_install import install_folder, install_named
from tests.support.model_server import MANNERS, Manner, ModelServer, model_server
from tests.support.whisper_model import catalogue_of

# Manner -> what the person is told (None: the model is there), and a word of the sentence.
OUTCOMES: dict[Manner, tuple[type[DonecastError] | None, str]] = {
    "polite": (None, ""),
    "slow": (None, ""),
    "cut_once": (None, ""),
    "cut_and_no_ranges": (None, ""),
    "cut_always": (ModelSourceSilent, "broke off again and again"),
    "cut_without_a_length": (ModelDamaged, "bytes instead of"),
    "broken_inside_once": (None, ""),
    "broken_inside": (ModelSourceRefused, "answers 503"),
    "redirects": (None, ""),
    "redirects_away": (ModelSourceRefused, "answers 302"),
    "redirects_in_circles": (ModelSourceSilent, "cannot be reached"),
    "hangs": (ModelSourceSilent, "stopped sending"),
    "missing": (ModelSourceRefused, "answers 404"),
    "web_page": (ModelSourceRefused, "a web page"),
    "short": (ModelDamaged, "bytes instead of"),
    "long": (ModelDamaged, "larger than it should be"),
    "other_bytes": (ModelDamaged, "another content"),
}


def everything_runs(_folder: Path) -> None:
    """Nothing is tried out."""


def install(model: CatalogueModel, models: Path, server: ModelServer, told: list[int] | None = None) -> Path:
    def tell(_what: str, percent: int) -> None:
        if told is not None:
            told.append(percent)

    return install_named(
        model,
        models,
        source=server.url,
        tell=tell,
        try_out=everything_runs,
        silence_seconds=1.0,
        attempts_max=3,
    )


@pytest.mark.parametrize("manner", MANNERS)
def test_however_rude_the_place_is_the_model_comes_whole_or_not_at_all(
    manner: Manner, tiny_model: Path, tmp_path: Path
) -> None:
    wanted, models = catalogue_of(tiny_model), tmp_path / "models"
    error, sentence = OUTCOMES[manner]
    with model_server(manner) as server:
        server.keep(wanted, tiny_model)
        if error is None:
            place = install(wanted, models, server)
            assert place == models / "tiny"
            assert digest_of(opened(place)) == digest_of(opened(tiny_model))
        else:
            with pytest.raises(error, match=sentence) as refusal:
                install(wanted, models, server)
            assert refusal.value.action
    assert [path.name for path in models.iterdir()] == ([] if error else ["tiny"])


def test_a_broken_connection_goes_on_where_it_broke(tiny_model: Path, tmp_path: Path) -> None:
    wanted = catalogue_of(tiny_model)
    with model_server("cut_once") as server:
        server.keep(wanted, tiny_model)
        install(wanted, tmp_path / "models", server)
        half = (tiny_model / "model.bin").stat().st_size // 2
        assert server.asked_for_weights() == [None, f"bytes={half}-"]


def test_progress_is_told_and_ends_at_a_hundred(tiny_model: Path, tmp_path: Path) -> None:
    wanted, told = catalogue_of(tiny_model), list[int]()
    with model_server() as server:
        server.keep(wanted, tiny_model)
        install(wanted, tmp_path / "models", server, told)
    assert told == sorted(told)
    assert told[-1] == 100
    assert len(set(told)) > 3


def test_a_model_that_is_whole_is_not_fetched_again_and_a_spoilt_one_is(tiny_model: Path, tmp_path: Path) -> None:
    wanted, models = catalogue_of(tiny_model), tmp_path / "models"
    with model_server() as server:
        server.keep(wanted, tiny_model)
        place = install(wanted, models, server)
        asked = len(server.requests)
        assert install(wanted, models, server) == place
        assert len(server.requests) == asked
        (place / "model.bin").write_bytes(b"spoilt")
        install(wanted, models, server)
        assert digest_of(opened(place)) == digest_of(opened(tiny_model))
    assert [path.name for path in models.iterdir()] == ["tiny"]


def test_nobody_there_is_said_so(tiny_model: Path, tmp_path: Path) -> None:
    with model_server() as server:
        pass
    with pytest.raises(ModelSourceSilent, match="cannot be reached"):
        install(catalogue_of(tiny_model), tmp_path / "models", server)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_model_that_does_not_run_never_gets_its_place(tiny_model: Path, tmp_path: Path) -> None:
    def refuse(folder: Path) -> None:
        raise unusable(opened(folder).path, "it has the hiccups")

    wanted, models = catalogue_of(tiny_model), tmp_path / "models"
    with (
        model_server() as server,
        pytest.raises(SpeechModelUnusable, match="model tiny cannot be used: it has the hiccups"),
    ):
        server.keep(wanted, tiny_model)
        install_named(wanted, models, source=server.url, tell=lambda *_: None, try_out=refuse)
    assert list(models.iterdir()) == []


def test_no_room_is_said_before_a_byte_is_fetched(tiny_model: Path, tmp_path: Path) -> None:
    wanted = catalogue_of(tiny_model)
    huge = replace(wanted, files=(*wanted.files, replace(wanted.files[0], name="more", bytes=10**18)))
    with model_server() as server:
        server.keep(wanted, tiny_model)
        with pytest.raises(NoRoomForModel):
            install(huge, tmp_path / "models", server)
        assert server.requests == []


_INSTALL = """
import sys
from pathlib import Path
from donecast.kit.errors import DonecastError
from donecast.speech.model_install import install_folder
try:
    install_folder(Path(sys.argv[1]), Path(sys.argv[2]), tell=lambda *_: None, try_out=lambda _: None)
except DonecastError as error:
    print(error.code)
"""


def test_a_disk_that_fills_up_on_the_way_leaves_nothing(tiny_model: Path, tmp_path: Path) -> None:
    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    command = [sys.executable, "-c", _INSTALL, str(tiny_model), str(tmp_path / "models")]
    said = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=small_files_only)
    assert said.stdout == "no_room_for_model\n", said.stderr
    assert list((tmp_path / "models").iterdir()) == []


def test_what_a_killed_installation_left_goes_with_the_next(tiny_model: Path, tmp_path: Path) -> None:
    models, wanted = tmp_path / "models", catalogue_of(tiny_model)
    hang = (
        "import sys, time\nfrom pathlib import Path\nfrom donecast.speech.model_install import install_folder\n"
        "install_folder(Path(sys.argv[1]), Path(sys.argv[2]), tell=lambda *_: None,"
        " try_out=lambda _: (print('here', flush=True), time.sleep(60)))"
    )
    process = subprocess.Popen([sys.executable, "-c", hang, str(tiny_model), str(models)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"here\n"
    process.kill()
    process.communicate()
    assert [path.name.startswith(".fetching-") for path in models.iterdir()] == [True]
    assert models_in(models) == ()
    with model_server() as server:
        server.keep(wanted, tiny_model)
        install(wanted, models, server)
    assert [path.name for path in models.iterdir()] == ["tiny"]


def test_a_folder_is_taken_under_its_name_without_what_is_not_of_the_model(tiny_model: Path, tmp_path: Path) -> None:
    given = Path(shutil.copytree(tiny_model, tmp_path / "my-model"))
    (given / "README.md").write_text("nothing of the model")
    told: list[tuple[str, int]] = []
    place = install_folder(given, tmp_path / "models", tell=lambda *said: told.append(said), try_out=everything_runs)
    assert place == tmp_path / "models" / "my-model"
    assert {path.name for path in place.iterdir()} == {"config.json", "model.bin", "vocabulary.json"}
    assert told[-1] == ("Trying it out", 100)


def test_a_folder_of_links_is_taken_as_what_they_lead_to(tiny_model: Path, tmp_path: Path) -> None:
    given = tmp_path / "snapshot"
    given.mkdir()
    for path in tiny_model.iterdir():
        (given / path.name).symlink_to(path)
    place = install_folder(given, tmp_path / "models", tell=lambda *_: None, try_out=everything_runs)
    assert not any(path.is_symlink() for path in place.iterdir())
    assert digest_of(opened(place)) == digest_of(opened(tiny_model))


@pytest.mark.parametrize("name", ["my model", "Ä"])
def test_a_folder_whose_name_cannot_be_typed_is_refused(name: str, tiny_model: Path, tmp_path: Path) -> None:
    given = Path(shutil.copytree(tiny_model, tmp_path / name))
    with pytest.raises(SpeechModelUnknown, match="name"):
        install_folder(given, tmp_path / "models", tell=lambda *_: None, try_out=everything_runs)


def test_a_folder_that_is_no_model_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpeechModelUnknown):
        install_folder(tmp_path / "nowhere", tmp_path / "models", tell=lambda *_: None, try_out=everything_runs)
    with pytest.raises(SpeechModelUnusable):
        install_folder(tmp_path, tmp_path / "models", tell=lambda *_: None, try_out=everything_runs)


def test_an_installed_model_is_not_copied_over_itself(tiny_model: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    place = install_folder(tiny_model, models, tell=lambda *_: None, try_out=everything_runs)
    with pytest.raises(SpeechModelUnknown, match="installed model already"):
        install_folder(place, models, tell=lambda *_: None, try_out=everything_runs)
    assert opened(place)


def test_every_model_of_the_catalogue_is_said_completely() -> None:
    assert len({model.name for model in CATALOGUE}) == len(CATALOGUE)
    for model in CATALOGUE:
        assert named(model.name) is model
        assert {file.name for file in model.files} > {"config.json", "model.bin"}
        assert any(file.name.startswith("vocabulary.") for file in model.files)
        assert all(len(bytes.fromhex(file.sha256)) == 32 for file in model.files)
        assert len(bytes.fromhex(model.revision)) == 20
        assert model.address("https://x.example/", model.files[0]).startswith(f"https://x.example/{model.repository}/")
    assert named("whisper-none") is None
