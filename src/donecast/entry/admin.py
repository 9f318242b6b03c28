"""``donecast admin ...``: help for the person who runs this DoneCast."""

import argparse
import secrets

from sqlalchemy.orm import Session

from donecast.accounts import service as accounts
from donecast.accounts.rules import Role
from donecast.accounts.service import NewToken
from donecast.entry.acts import acts_of
from donecast.entry.credits import seat_operator
from donecast.entry.unused_files import list_unused
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit

_PASSWORD_BYTES = 12


def add_admin_acts(parser: argparse.ArgumentParser) -> None:
    """Adds the acts."""
    act = acts_of(parser)
    act("migrate", _migrate, "Bring the database to this version.").set_defaults(on_any_version=True)
    act("token", _token, "Print a new personal API token for an account.").add_argument("--email", required=True)
    unused = act("unused-files", _unused_files, "List stored files that nothing names any more.")
    unused.add_argument("--delete", action="store_true", help="delete them; make a backup first")
    account = act("account", _account, "Make an account and print its password.")
    account.add_argument("--email", required=True)
    account.add_argument("--admin", action="store_true")
    password = act("password", _password, "Give an account a new password and print it; its browsers are signed out.")
    password.add_argument("--email", required=True)


def make_account(ground: Ground, email: str, role: Role) -> tuple[str, str]:
    """The id and the password of a new account. Raises what `accounts.register` raises."""
    with ground.database.reading() as session:
        is_first = accounts.no_accounts_yet(session)
    password = _new_password()
    account = accounts.register(
        ground.database, ground.settings.accounts, ground.clock, email=email, password=password, name="", role=role
    )
    if is_first and role == "admin":
        seat_operator(ground, account.id)
    return account.id, password


def _new_password() -> str:
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def _migrate(ground: Ground, _options: argparse.Namespace) -> tuple[str, bool]:
    ground.database.migrate()
    return "The database is of this version.", True


def _token(ground: Ground, options: argparse.Namespace) -> tuple[str, bool]:
    def make(session: Session) -> NewToken:
        account = accounts.account_called(session, options.email)
        return accounts.make_token(session, ground.clock, account.id, "command line")

    return run_unit(ground.database, make).secret, True


def _account(ground: Ground, options: argparse.Namespace) -> tuple[str, bool]:
    _, password = make_account(ground, options.email, "admin" if options.admin else "user")
    return password, True


def _password(ground: Ground, options: argparse.Namespace) -> tuple[str, bool]:
    password = _new_password()
    accounts.set_password(ground.database, ground.settings.accounts, options.email, password)
    return password, True


def _unused_files(ground: Ground, options: argparse.Namespace) -> tuple[str, bool]:
    return list_unused(ground, delete=options.delete)
