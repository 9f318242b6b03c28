"""A mail server on a real socket that takes mail, or does what a test wants instead; and its certificate."""

import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.support.servers import free_port

Mood = Literal["well", "slow", "refuses_recipient", "busy", "cuts", "cuts_after_taking"]
_TAKEN = "250 taken"


@dataclass
class MailServer:
    """What it took, and how it feels: ``moods`` are used up one for each message, then it is well."""

    seconds_slow: float = 5.0
    moods: list[Mood] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Takes a recipient, or not."""
        if self.moods[:1] == ["refuses_recipient"]:
            self.moods.pop(0)
            return "550 5.1.1 nobody of that name"
        envelope.rcpt_tos.append(address)
        return _TAKEN

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Takes a message, or does something else."""
        mood = self.moods.pop(0) if self.moods else "well"
        if mood == "busy":
            return "451 4.3.2 come back later"
        if mood == "cuts":
            server.transport.close()
            return _TAKEN
        if mood == "slow":
            time.sleep(self.seconds_slow)
        self.taken.append(message_from_bytes(envelope.content))
        self.recipients.append(list(envelope.rcpt_tos))
        if mood == "cuts_after_taking":
            server.transport.close()
        return _TAKEN


def _only_password(password: str) -> Any:
    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data.password == password.encode(), handled=False)

    return check


@contextmanager
def mail_server(*, certificate: Path | None = None, password: str = "") -> Iterator[MailServer]:
    """A server on a free port; with a certificate it speaks STARTTLS, and wants the password for it."""
    server = MailServer()
    more: dict[str, Any] = {}
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        more = {"tls_context": context, "require_starttls": True}
    if password:
        more |= {"authenticator": _only_password(password), "auth_required": True}
    controller = Controller(server, hostname="127.0.0.1", port=free_port(), **more)
    controller.start()
    server.settings = {
        "smtp_host": "127.0.0.1",
        "smtp_port": controller.port,
        "smtp_from": "donecast@example.org",
        "smtp_security": "starttls" if certificate else "none",
        "smtp_ca_file": str(certificate or ""),
        "operator_email": "root@example.org",
    }
    try:
        yield server
    finally:
        controller.stop()


def make_certificate(folder: Path) -> Path:
    """A certificate for this machine, signed by itself; its key lies beside it."""
    certificate = folder / "mail.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(certificate.with_suffix(".key")), "-out", str(certificate)]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run(["openssl", "req", "-x509", *kind, *files, *subject], check=True, capture_output=True)
    return certificate
