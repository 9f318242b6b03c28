"""Signing in and out, and what strangers learn, which is nothing."""

import pytest
from fastapi.testclient import TestClient

from donecast.platform.web import Ground
from tests.support.people import PASSWORD, Person


def sign_in(client: TestClient, email: str = "ann@example.com") -> str:
    answer = client.post("/api/auth/sign-in", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["csrf_token"]
    return token


def test_a_newcomer_signs_up_and_is_signed_in(client: TestClient) -> None:
    answer = client.post("/api/auth/sign-up", json={"email": " Eve@Example.com ", "password": PASSWORD, "name": "Eve"})
    assert answer.status_code == 201
    assert answer.json()["account"]["email"] == "eve@example.com"
    assert answer.json()["account"]["role"] == "user"
    assert client.get("/api/auth/me").json()["account"]["name"] == "Eve"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_an_address_makes_one_account(client: TestClient, ann: Person) -> None:
    answer = client.post("/api/auth/sign-up", json={"email": "ANN@example.com", "password": PASSWORD})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "address_taken"


def test_signing_out_ends_the_session_for_good(client: TestClient, ann: Person) -> None:
    csrf_token = sign_in(client)
    secret = client.cookies["donecast_session"]
    assert client.post("/api/auth/sign-out", headers={"X-CSRF-Token": csrf_token}).status_code == 204
    client.cookies.set("donecast_session", secret)
    answer = client.get("/api/auth/me")
    assert answer.status_code == 401
    assert answer.json()["error"]["message"] == "You are not signed in."


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: TestClient, ann: Person) -> None:
    answers = [
        client.post("/api/auth/sign-in", json={"email": email, "password": "not the password"})
        for email in ("ann@example.com", "nobody@example.com", "not an address")
    ]
    assert {answer.status_code for answer in answers} == {401}
    bodies = [{**answer.json()["error"], "request_id": ""} for answer in answers]
    assert bodies[0] == bodies[1] == bodies[2]


def test_a_write_by_cookie_needs_the_csrf_token_and_our_origin(client: TestClient, ann: Person) -> None:
    csrf_token = sign_in(client)
    body = {"name": "laptop"}
    assert client.post("/api/tokens", json=body).status_code == 403
    assert client.post("/api/tokens", json=body, headers={"X-CSRF-Token": "wrong"}).status_code == 403
    foreign = {"X-CSRF-Token": csrf_token, "Origin": "https://evil.example"}
    assert client.post("/api/tokens", json=body, headers=foreign).status_code == 403
    garbled = {"X-CSRF-Token": csrf_token, "Origin": "http://[half"}
    assert client.post("/api/tokens", json=body, headers=garbled).status_code == 403
    ours = {"X-CSRF-Token": csrf_token, "Origin": "http://127.0.0.1:8000"}
    assert client.post("/api/tokens", json=body, headers=ours).status_code == 201


def test_a_token_works_until_it_is_revoked_and_is_not_kept(client: TestClient, ann: Person, ground: Ground) -> None:
    made = ann.ask("POST", "/api/tokens", json={"name": "laptop"}).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert client.get("/api/auth/me", headers=bearer).json()["account"]["email"] == "ann@example.com"
    listed = ann.ask("GET", "/api/tokens").json()
    assert made["token"] not in str(listed)
    assert made["token"].encode() not in (ground.settings.data / "donecast.sqlite").read_bytes()
    assert ann.ask("DELETE", f"/api/tokens/{made['id']}").status_code == 204
    assert client.get("/api/auth/me", headers=bearer).status_code == 401


def test_nobody_revokes_another_persons_token(ann: Person, ben: Person) -> None:
    made = ann.ask("POST", "/api/tokens", json={"name": "laptop"}).json()
    assert ben.ask("DELETE", f"/api/tokens/{made['id']}").status_code == 404
    assert made["id"] in {token["id"] for token in ann.ask("GET", "/api/tokens").json()}


def test_guessing_is_slowed_down_for_the_guesser_only(client: TestClient, ann: Person) -> None:
    wrong = {"email": "ben@example.com", "password": "guess"}
    answers = [client.post("/api/auth/sign-in", json=wrong).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    sign_in(client)


def test_one_password_is_not_tried_on_everybody(client: TestClient, ann: Person) -> None:
    guesses = [{"email": f"person-{number}@example.com", "password": "Password1"} for number in range(61)]
    answers = [client.post("/api/auth/sign-in", json=guess) for guess in guesses]
    assert [answer.status_code for answer in answers] == [401] * 60 + [429]
    assert answers[-1].json()["error"]["code"] == "too_many_attempts"


@pytest.mark.parametrize("door", ["sign-in", "sign-up"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[half"},
        {"Origin": ""},
        {"Referer": "https://evil.example/127.0.0.1:8000"},
        {"Origin": "https://evil.example", "Referer": "http://127.0.0.1:8000/studio/"},
    ],
)
def test_another_site_signs_nobody_in(client: TestClient, ann: Person, door: str, headers: dict[str, str]) -> None:
    who = {"email": "ann@example.com" if door == "sign-in" else "eve@example.com", "password": PASSWORD}
    answer = client.post(f"/api/auth/{door}", json=who, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")
    assert "donecast_session" not in client.cookies


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://127.0.0.1:8000"}, {"Referer": "http://127.0.0.1:8000/studio/sign-in?then=%2F"}, {}],
)
def test_our_own_pages_and_programs_sign_in(client: TestClient, ann: Person, headers: dict[str, str]) -> None:
    who = {"email": "ann@example.com", "password": PASSWORD}
    assert client.post("/api/auth/sign-in", json=who, headers=headers).status_code == 200


def test_a_form_of_another_site_cannot_pose_as_json(client: TestClient, ann: Person) -> None:
    body = f'{{"email": "ann@example.com", "password": "{PASSWORD}"}}'
    answer = client.post("/api/auth/sign-in", content=body, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422


def test_bad_sign_ups_say_what_to_do(client: TestClient) -> None:
    short = client.post("/api/auth/sign-up", json={"email": "eve@example.com", "password": "short"})
    assert (short.status_code, short.json()["error"]["code"]) == (400, "password_too_short")
    wrong = client.post("/api/auth/sign-up", json={"email": "eve", "password": PASSWORD})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "address_invalid")
    missing = client.post("/api/auth/sign-up", json={"email": "eve@example.com"})
    assert missing.status_code == 422
    assert "password" in missing.json()["error"]["message"]


def test_every_answer_carries_the_request_id(client: TestClient) -> None:
    answer = client.get("/api/auth/me", headers={"X-Request-ID": "my-own.id_1"})
    assert answer.headers["x-request-id"] == answer.json()["error"]["request_id"] == "my-own.id_1"
    forged = client.get("/api/auth/me", headers={"X-Request-ID": "bad id\twith spaces"})
    assert forged.headers["x-request-id"] == forged.json()["error"]["request_id"] != "bad id\twith spaces"
