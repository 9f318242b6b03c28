"""The commands of ``./dev``. Standard library only; what needs packages runs in the environment."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.environment import ROOT, Environment, Level, SetupFailed, ensure_system_packages, say
from tools.registry import entries
from tools.sizes import measure

TEST_PROGRAMS = ("flite", "espeak-ng", "ffmpeg", "mp3val", "postgresql", "chromium")


def main(arguments: Sequence[str]) -> int:
    """Runs one command; without one lists them. Returns the exit code."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(overview())
        return 0
    command = COMMANDS.get(arguments[0])
    if command is None:
        say(f"./dev knows no command {arguments[0]!r}.\n{overview()}")
        return 2
    try:
        return command.run(Environment(ROOT), list(arguments[1:]))
    except SetupFailed as trouble:
        say(str(trouble))
        return 1
    except KeyboardInterrupt:
        return 130


def overview() -> str:
    """The commands, a line each."""
    lines = [f"  ./dev {name:<8} {command.line}" for name, command in COMMANDS.items()]
    return "\n".join(["Commands:", *lines, "Settings pass through the environment or .env; see .env.example."])


# -- commands ------------------------------------------------------------------------------------------------------


def up(environment: Environment, arguments: list[str]) -> int:
    """Everything in one process."""
    environment.ensure(Level.RUN)
    environment.ensure_studio()
    ensure_system_packages(["flite"])
    environment.replace_by([str(environment.programs / "donecast"), "up", *arguments])


def whisper(environment: Environment, arguments: list[str]) -> int:
    """What runs speech models; the models themselves are for ``donecast speech install``."""
    if arguments:
        raise SetupFailed("./dev whisper takes no arguments; “donecast speech install” brings the model.")
    environment.add("whisper")
    say("Whisper can run here. “.venv/bin/donecast speech list” shows the models that it may be given.")
    return 0


def auto_ops(environment: Environment, arguments: list[str]) -> int:
    """What asks models about alerts; where it runs and what it needs else says its guide."""
    if arguments:
        raise SetupFailed("./dev auto-ops takes no arguments; “.venv/bin/donecast auto-ops” runs it.")
    environment.add("auto-ops")
    say("Auto-Ops can ask a model here. docs/hosting/auto-ops.md says how it is set up.")
    return 0


def test(environment: Environment, arguments: list[str]) -> int:
    """The studio's tests, then pytest, whose closing line stands last. Given pytest arguments, only pytest."""
    environment.ensure(Level.BUILD)
    environment.ensure_studio()
    ensure_system_packages(TEST_PROGRAMS)
    long = "--long" in arguments
    chosen = [argument for argument in arguments if argument != "--long"]
    studio = 0
    if not chosen:
        environment.ensure_studio_packages()
        studio = environment.run(["npm", "run", "--silent", "test"], folder=environment.root / "frontend")
        if studio:
            say("The studio's tests failed (above). Going on with the others.")
    marker = [] if long else ["-m", "not long"]
    code = environment.run([environment.python(), "-m", "pytest", "-n", "2", "--dist", "worksteal", *marker, *chosen])
    if studio:
        say("Not green: the studio's tests failed.")
    return code or studio


@dataclass(frozen=True, slots=True)
class Part:
    """One part of ``./dev check``: a name, the program, and the folder it runs in."""

    name: str
    command: tuple[str, ...]
    folder: str = "."


CHECK_PARTS = (
    Part("ruff", ("ruff", "check", "--quiet", ".", "dev")),
    Part("format", ("ruff", "format", "--quiet", "--check", ".", "dev")),
    Part("types", ("mypy", "--no-error-summary", "src", "tests", "tools", "proofs", "evals", "benchmarks")),
    Part("contracts", ("lint-imports", "--no-logo")),
    Part("tidy", ("python", "-m", "tools.tidy")),
    Part("api", ("python", "-m", "tools.export_openapi", "--check")),
    Part("studio api", ("npm", "run", "--silent", "api", "--", "--check"), "frontend"),
    Part("studio", ("npm", "run", "--silent", "check"), "frontend"),
)


def check(environment: Environment, arguments: list[str]) -> int:
    """Every part runs even when one fails; then the table."""
    if arguments:
        raise SetupFailed("./dev check takes no arguments.")
    environment.ensure(Level.BUILD)
    environment.ensure_studio_packages()
    rows, failed = [], 0
    for part in CHECK_PARTS:
        started = time.monotonic()
        code, said = environment.output_of(part.command, folder=environment.root / part.folder)
        failed += bool(code)
        if code:
            print(f"--- {part.name}\n{said.rstrip()}\n")
        verdict = "FAILED" if code else "ok"
        rows.append((part.name, verdict, f"{time.monotonic() - started:5.1f} s", "" if code else _remark(part, said)))
    sizes = measure(environment.root)
    rows += [
        ("largest file", "", f"{sizes.largest_file.lines} lines", sizes.largest_file.place),
        ("longest function", "", f"{sizes.longest_function.lines} lines", sizes.longest_function.place),
        ("tests : code", "", f"{sizes.tests_per_code:.2f}", f"{sizes.test_lines} : {sizes.code_lines} lines"),
    ]
    print("\n".join(f"{name:<18}{verdict:<8}{figure:>9}  {remark}".rstrip() for name, verdict, figure, remark in rows))
    print(f"check: {failed} of {len(CHECK_PARTS)} parts failed" if failed else "check: all well")
    return 1 if failed else 0


def _remark(part: Part, said: str) -> str:
    """The line in which a part sums itself up, where it does."""
    lines = [line.strip() for line in said.splitlines() if line.startswith(("Contracts:", "tidy:", "openapi:"))]
    return lines[-1] if part.name in {"contracts", "tidy", "api"} and lines else ""


def prove(environment: Environment, arguments: list[str]) -> int:
    """Runs a proof, or lists them."""
    environment.ensure(Level.BUILD)
    if arguments:
        environment.ensure_studio()
        ensure_system_packages([*TEST_PROGRAMS, "strace"])
    environment.replace_by([environment.python(), "-m", "proofs", *arguments])


def bench(environment: Environment, arguments: list[str]) -> int:
    """Runs a benchmark, or lists them."""
    found = {entry.module.rpartition(".")[2]: entry.module for entry in entries(ROOT / "benchmarks", "*.py")}
    if not arguments:
        print("\n".join(f"  {name}" for name in found) or "There are no benchmarks yet.")
        return 0
    if arguments[0] not in found:
        say(f"There is no benchmark {arguments[0]!r}; ./dev bench lists them.")
        return 2
    environment.ensure(Level.BUILD)
    return environment.run([environment.python(), "-m", found[arguments[0]], *arguments[1:]])


def api(environment: Environment, arguments: list[str]) -> int:
    """Writes docs/openapi.json and the studio's types from it."""
    if arguments:
        raise SetupFailed("./dev api takes no arguments.")
    environment.ensure(Level.BUILD)
    environment.ensure_studio_packages()
    code = environment.run([environment.python(), "-m", "tools.export_openapi"])
    return code or environment.run(["npm", "run", "--silent", "api"], folder=environment.root / "frontend")


def lock(environment: Environment, arguments: list[str]) -> int:
    """Resolves pyproject.toml into both locks; ``--upgrade`` moves all versions."""
    resolve = [environment.uv(), "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header"]
    resolve += ["--no-annotate", "--python-version", "3.11", *arguments, "pyproject.toml"]
    # Development first: its wishes are the narrower ones, and its pins bind the runtime's, so that the one lock
    # always contains the other and an environment can rise from "up" to "test" without changing what runs.
    return environment.run([*resolve, "--group", "dev", "--output-file", "requirements-dev.lock"]) or environment.run(
        [*resolve, "--constraint", "requirements-dev.lock", "--output-file", "requirements.lock"]
    )


def migrate(environment: Environment, arguments: list[str]) -> int:
    """Writes the next migration from what the models say."""
    if len(arguments) != 1:
        say('Say what changes: ./dev migrate "add the show\'s time zone"')
        return 2
    environment.ensure(Level.BUILD)
    return environment.run([environment.python(), "-m", "tools.migrate", arguments[0]])


@dataclass(frozen=True, slots=True)
class Command:
    """A command and its line in the overview."""

    run: Callable[[Environment, list[str]], int]
    line: str


COMMANDS = {
    "up": Command(up, "start everything in one process on http://127.0.0.1:8000, with ./data and a demo show"),
    "whisper": Command(whisper, "add the package that runs speech models of Whisper to what ./dev up has"),
    "auto-ops": Command(auto_ops, "add the packages by which Auto-Ops asks a model to what ./dev up has"),
    "test": Command(test, "run all tests; [pytest arguments] choose some, --long adds the long ones"),
    "check": Command(check, "lint, format, types, import contracts, tidy, API drift, studio; then the sizes"),
    "prove": Command(prove, "run one of the product's proofs by its ID, or list them"),
    "bench": Command(bench, "run one benchmark by its name, or list them"),
    "api": Command(api, "write docs/openapi.json and the studio's types from the code"),
    "lock": Command(lock, "resolve the dependencies into both locks; --upgrade moves all versions"),
    "migrate": Command(migrate, 'write the next migration from the models: ./dev migrate "what changes"'),
}
